"""Splits: whole blocks, every class where it can be, nothing near another part's ground, and all of it said."""

import numpy as np
import pytest

from crop_attention.engine.errors import SampleError
from crop_attention.engine.training.options import SourceOptions
from crop_attention.engine.training.rare_classes import resolve_rare
from crop_attention.engine.training.sources.colours import distinct_colours, seen
from crop_attention.engine.training.split import fold_blocks, split_blocks
from crop_attention.models.card import CropClass
from labelled import dataset, window

OPTIONS = SourceOptions(block_metres=1000, buffer_metres=0, validation=0.2, test=0.2)


def many(blocks, parcels=4, seed=0, classes=(1, 2, 3)):
    """Blocks in a row along x, each with parcels of random classes."""
    random = np.random.default_rng(seed)
    windows = []
    for number in range(blocks * parcels):
        block, west = 1 + number // parcels, 1000.0 * (number // parcels) + 200 * (number % parcels)
        code = int(random.choice(classes))
        windows.append(window([[code, code]], number + 1, block, (west, 0.0, west + 20, 10.0)))
    return windows


def blocks_of(part):
    return {entry.block for entry in part}


def parts_of(split):
    return split.train, split.validation, split.test


def test_blocks_are_never_parted_and_none_is_lost():
    data = dataset(many(30))
    split = split_blocks(data, OPTIONS, 1)
    held = [blocks_of(part) for part in parts_of(split)]
    assert set().union(*held) == set(range(1, 31)) and sum(map(len, held)) == 30
    assert sum(map(len, parts_of(split))) == len(data.windows) and split.warnings == ()


def test_each_part_comes_near_its_share_of_every_class():
    data = dataset(many(100, seed=5))
    split = split_blocks(data, OPTIONS, 1)
    for code in (1, 2, 3):
        total = sum(entry.labels[0, 0] == code for entry in data.windows)
        shares = [sum(entry.labels[0, 0] == code for entry in part) / total for part in parts_of(split)]
        assert shares == pytest.approx([0.6, 0.2, 0.2], abs=0.06)


def test_a_class_in_three_blocks_is_in_every_part():
    windows = many(20, classes=(1, 2))
    for block in (3, 9, 17):
        windows.append(window([[7]], 500 + block, block, (0.0, 0.0, 1.0, 1.0)))
    split = split_blocks(dataset(windows), OPTIONS, 1)
    assert all(any((entry.labels == 7).any() for entry in part) for part in parts_of(split))


def test_a_class_in_few_blocks_is_trained_first_and_said():
    windows = many(20, classes=(1, 2))
    windows += [window([[7]], 501, 3), window([[8]], 502, 4), window([[8]], 503, 5)]
    split = split_blocks(dataset(windows), OPTIONS, 1)
    assert any((entry.labels == 7).any() for entry in split.train)
    assert any((entry.labels == 8).any() for entry in split.test)
    assert split.warnings == (
        "Class 7 lies in 1 block and is not in the part for test and validation.",
        "Class 8 lies in 2 blocks and is not in the part for validation.",
    )


def test_the_seed_settles_it():
    data = dataset(many(30))
    one, same, other = (split_blocks(data, OPTIONS, seed) for seed in (1, 1, 2))
    assert blocks_of(one.test) == blocks_of(same.test) != blocks_of(other.test)


def test_training_parcels_in_the_buffer_lose_their_labels():
    near = window([[1, 0, 2]], [[1, 0, 2]], 1, (0.0, 0.0, 30.0, 10.0))
    again = window([[1, 1, 0]], [[1, 1, 0]], 1, (-20.0, 0.0, 10.0, 10.0))
    far = window([[1, 2]], [[8, 9]], 2, (5000.0, 0.0, 5020.0, 10.0))
    test = window([[1, 2]], [[3, 4]], 3, (70.0, 0.0, 90.0, 10.0))
    options = SourceOptions(block_metres=1000, buffer_metres=50, validation=0, test=0.3)
    data = dataset([near, again, far, test])
    splits = [split_blocks(data, options, seed) for seed in range(20)]
    split = next(split for split in splits if blocks_of(split.test) == {3})
    kept = {entry.place: entry for entry in split.train}
    # Parcel 2 ends 40 m before the test ground, parcel 1 60 m.
    assert kept[near.place].labels.tolist() == [[1, 0, 0]] and kept[near.place].parcels.tolist() == [[1, 0, 0]]
    assert kept[again.place] is again and far.place in kept
    assert split.warnings[0] == (
        "1 of 4 training parcels lie within 50 m of validation or test ground and are left out."
    )
    assert near.labels.tolist() == [[1, 0, 2]]


def test_no_training_point_is_near_a_test_point():
    random = np.random.default_rng(4)
    places = random.uniform(0, 20_000, (400, 2))
    windows = [
        window([[1 + number % 3]], number + 1, int(x // 2000) * 100 + int(y // 2000), (x, y, x, y))
        for number, (x, y) in enumerate(places.tolist())
    ]
    options = SourceOptions(block_metres=2000, buffer_metres=300, validation=0.2, test=0.2)
    split = split_blocks(dataset(windows), options, 1)
    train, others = (np.array([e.place[:2] for e in part]) for part in (split.train, split.validation + split.test))
    gaps = np.hypot(*(train[:, None] - others[None]).transpose(2, 0, 1))
    assert gaps.min() >= 300
    lost = [
        e.place[:2] for e in windows if e.block in blocks_of(split.train) and e.place[:2] not in set(map(tuple, train))
    ]
    assert lost and max(np.hypot(*(others - place).T).min() for place in lost) < 300


def test_too_few_blocks_are_refused():
    with pytest.raises(SampleError, match="lie in 2 blocks of 1,000 m and 3 are needed"):
        split_blocks(dataset(many(2)), OPTIONS, 1)


def test_a_buffer_that_leaves_nothing_is_refused():
    options = SourceOptions(block_metres=1000, buffer_metres=1e6, validation=0.2, test=0.2)
    with pytest.raises(SampleError, match="leaves nothing to train on"):
        split_blocks(dataset(many(10)), options, 1)


def test_folds_judge_every_block_once():
    data = dataset(many(23))
    splits = fold_blocks(data, 5, 1, OPTIONS)
    assert len(splits) == 5
    tested = [block for split in splits for block in blocks_of(split.test)]
    assert sorted(tested) == list(range(1, 24))
    for split in splits:
        held = [blocks_of(part) for part in parts_of(split)]
        assert sum(map(len, held)) == 23 and all(held)
    with pytest.raises(SampleError, match="do not make 40 folds"):
        fold_blocks(data, 40, 1, OPTIONS)


CLASSES = tuple(CropClass(code, name, "#123456") for code, name in enumerate(("Maize", "Wheat", "Hemp", "Rye"), 1))


def test_rare_classes_are_merged_into_one_of_the_legend():
    options = SourceOptions(minimum_parcels=10, other="rye")
    settled = resolve_rare(CLASSES, {1: 30, 2: 20, 3: 7, 4: 4}, options, "It")
    assert settled.recode[[0, 1, 2, 3, 4]].tolist() == [0, 1, 2, 4, 4]
    assert settled.counts == {1: 30, 2: 20, 4: 11} and len(settled.classes) == 3
    assert settled.warnings == ("Merged into Rye, having fewer than 10 parcels: Hemp (7).",)


def test_rare_classes_are_merged_into_a_new_one():
    options = SourceOptions(minimum_parcels=10, other="Other")
    settled = resolve_rare(CLASSES, {1: 30, 2: 20, 3: 7, 4: 4}, options, "It", "points")
    assert settled.recode[[3, 4]].tolist() == [5, 5] and settled.classes[-1].name == "Other"
    assert settled.warnings == ("Merged into Other, having fewer than 10 points: Hemp (7), Rye (4).",)


def test_what_is_rare_even_together_is_left_out():
    options = SourceOptions(minimum_parcels=12, other="Other")
    settled = resolve_rare(CLASSES, {1: 30, 2: 20, 3: 7, 4: 4}, options, "It")
    assert settled.recode[[3, 4]].tolist() == [0, 0] and settled.counts == {1: 30, 2: 20}
    assert settled.warnings == ("Left out, having fewer than 12 parcels: Hemp (7), Rye (4).",)


def test_one_class_is_refused():
    words = r"leaves only Maize with at least 10 parcels \(Maize \(30\), Hemp \(7\)\) and 2 must be left"
    with pytest.raises(SampleError, match=words):
        resolve_rare(CLASSES, {1: 30, 3: 7}, SourceOptions(minimum_parcels=10), "It")


def test_one_class_suffices_where_nothing_is_trained_on_it_alone():
    options = SourceOptions(minimum_parcels=10, minimum_classes=1)
    settled = resolve_rare(CLASSES, {1: 30, 3: 7}, options, "It")
    assert (settled.counts, [entry.name for entry in settled.classes]) == ({1: 30}, ["Maize"])
    with pytest.raises(SampleError, match=r"leaves no class with at least 10 parcels .* and 1 must be left"):
        resolve_rare(CLASSES, {3: 7}, options, "It")


def test_colours_are_far_from_each_other_and_from_those_taken():
    taken = ["#e8601c", "#a6d96a", "#bdbdbd"]
    colours = distinct_colours(20, taken)
    points = seen(taken + colours)
    gaps = np.linalg.norm(points[:, :, None] - points[:, None], axis=-1) + 1e3 * np.eye(points.shape[1])
    assert gaps[:, :13, :13].min() > 20, "ten new crops, for all receptors, without those for red, for green"
    assert gaps.min() > 10 and colours == distinct_colours(20, taken)
