"""Samplers: patches are what the windows say, unknown ground stays unknown, and a draw can be taken up again."""

import errno
import json
import os
from dataclasses import replace

import numpy as np
import pytest
import torch

from crop_attention.engine.errors import OutputError, SampleError
from crop_attention.engine.training.samples import PatchSampler, PointSampler
from crop_attention.engine.training.sources.store import WindowStore
from crop_attention.tools.checkpoints.counties import compact
from labelled import window

CODES = (3, 7)
PATCH, MARGIN = 4, 2
SIDE = PATCH + 2 * MARGIN


def field(seed, height, width, number=0.0):
    labels = np.random.default_rng(seed).choice((0, 3, 7, 9), (height, width))
    return window(labels, number=number)


def expected_labels(batch, windows):
    """Labels by the pixel numbers that a patch carries in its first band."""
    codes = {}
    for entry in windows:
        for number, code in zip(entry.cube.s2[0, 0].ravel().tolist(), entry.labels.ravel().tolist()):
            codes[number] = CODES.index(code) if code in CODES else -1
    inner = batch.s2[:, 0, 0, MARGIN:-MARGIN, MARGIN:-MARGIN]
    seen = batch.s2_valid[:, 0, MARGIN:-MARGIN, MARGIN:-MARGIN]
    return torch.tensor([[[codes[n] for n in row] for row in patch] for patch in inner.tolist()]).where(seen, -1)


def numbers_of(batch):
    return batch.s2[:, 0, 0][batch.s2_valid[:, 0]].unique().tolist()


@pytest.mark.parametrize("kept", (lambda cube: cube, compact))
def test_patches_of_windows_of_all_sizes_carry_their_labels(kept):
    windows = [field(1, 20, 13), field(2, 8, 8, 500), field(3, 9, 30, 600)]
    windows = [replace(entry, cube=kept(entry.cube)) for entry in windows]
    batch = PatchSampler(windows, CODES, PATCH, MARGIN, 1).draw(300)
    assert batch.s2.shape == (300, 2, 2, SIDE, SIDE) and batch.s2.dtype == torch.float32
    assert batch.s2_valid.all() and batch.s1_valid.all() and (batch.s1 == -12).all()
    assert torch.equal(batch.labels, expected_labels(batch, windows))
    # Neighbours stay neighbours, turned or mirrored.
    steps = (batch.s2[:, 0, 0, :, 1:] - batch.s2[:, 0, 0, :, :-1]).abs().flatten(1)
    assert all(len(row.unique()) == 1 and row[0] in (1, 13, 8, 30) for row in steps)
    assert {0, 500, 600} < set(numbers_of(batch))


def test_all_eight_turns_are_drawn():
    entry = window([[3] * SIDE] * SIDE)
    batch = PatchSampler([entry], CODES, PATCH, MARGIN, 1).draw(200)
    assert len({tuple(patch.flatten().tolist()) for patch in batch.s2[:, 0, 0]}) == 8


@pytest.mark.parametrize("kept", (lambda cube: cube, compact))
def test_what_a_short_window_lacks_is_missing(kept):
    entry = window([[3, 7, 3]] * 5)
    entry = replace(entry, cube=kept(entry.cube))
    batch = PatchSampler([entry, field(1, 20, 20, 100)], CODES, PATCH, MARGIN, 1).draw(200)
    short = batch.s2_valid[:, 0].flatten(1).sum(1) < SIDE * SIDE
    assert 0.05 < short.float().mean() < 0.95
    assert torch.equal(batch.labels, expected_labels(batch, [entry, field(1, 20, 20, 100)]))
    assert (batch.s2 * ~batch.s2_valid[:, :, None]).abs().sum() == 0
    assert (batch.labels[short] >= 0).flatten(1).any(1).all()


def test_every_reachable_pixel_is_drawn_and_labelled():
    entry = window([[3] * 10] * SIDE)
    sampler = PatchSampler([entry], CODES, PATCH, MARGIN, 1)
    middle = set()
    for _ in range(20):
        batch = sampler.draw(20)
        assert (batch.labels == 0).all()
        middle |= {tuple(sorted(patch.flatten().tolist())) for patch in batch.s2[:, 0, 0]}
    assert len(middle) == 3  # the three places of a patch of 8 in a window of 10


def test_a_point_fills_a_patch_and_labels_its_middle():
    batch = PatchSampler([window([[7]], number=5.0)], CODES, PATCH, MARGIN, 1).draw(3)
    assert (batch.s2[:, :, 0] == 5).all() and batch.s2_valid.all()
    assert (batch.labels >= 0).sum() == 3 and (batch.labels[:, 2, 2] == 1).all()


@pytest.mark.parametrize(("balance", "share"), ((1.0, 0.9), (0.5, 0.75), (0.0, 0.5)))
def test_classes_are_drawn_by_a_power_of_their_frequency(balance, share):
    codes = np.full((40, 40), 3)
    codes[::2, ::5] = 7
    sampler = PatchSampler([window(codes)], CODES, 1, 0, 1, balance=balance)
    assert (sampler.draw(2000).labels == 0).float().mean() == pytest.approx(share, abs=0.04)


def test_points_are_drawn_alike():
    points = [window([[3]], number=float(n)) for n in range(90)] + [window([[7]], number=100.0 + n) for n in range(10)]
    points[0].cube.s2_valid[1] = False
    sampler = PointSampler(points, CODES, 3, 1)
    batch = sampler.draw(2000)
    assert batch.s2.shape == (2000, 2, 2, 7, 7) and batch.labels.shape == (2000, 1, 1)
    assert torch.equal(batch.labels[:, 0, 0], (batch.s2[:, 0, 0, 0, 0] >= 100).long())
    assert (batch.s2 == batch.s2[..., :1, :1]).all()
    first = batch.s2[:, 0, 0, 0, 0] == 0
    assert first.any() and not batch.s2_valid[first, 1].any() and batch.s2_valid[~first].all()
    assert (batch.labels == 0).float().mean() == pytest.approx(0.75, abs=0.04)
    assert set(numbers_of(batch)) == set(range(90)) | set(range(100, 110))


@pytest.mark.parametrize("kind", ("patches", "points"))
def test_a_draw_is_taken_up_where_it_was_put_down(kind):
    def sampler():
        if kind == "points":
            return PointSampler([window([[3 + 4 * (n % 2)]], number=float(n)) for n in range(30)], CODES, 1, 6)
        return PatchSampler([field(1, 20, 20)], CODES, PATCH, MARGIN, 6)

    whole, other = sampler(), sampler()
    first = whole.draw(5)
    assert torch.equal(first.s2, other.draw(5).s2)
    state = json.loads(json.dumps(whole.state()))
    after = whole.draw(5)
    fresh = sampler()
    fresh.restore(state)
    again = fresh.draw(5)
    assert torch.equal(again.s2, after.s2) and torch.equal(again.labels, after.labels)
    assert not torch.equal(after.s2, first.s2)


def test_a_batch_is_not_changed_by_the_next():
    sampler = PatchSampler([field(1, 20, 20)], CODES, PATCH, MARGIN, 6)
    sampler._windows[0].cube.s2_valid[:, ::3] = False
    one = sampler.draw(8)
    before = [part.clone() for part in vars(one).values()]
    sampler.draw(8)
    assert all(torch.equal(a, b) for a, b in zip(before, vars(one).values()))


def test_windows_in_files_give_the_same_patches(tmp_path):
    windows = [field(seed, 12, 10, 200 * seed) for seed in range(4)]
    store = WindowStore([(12, 10)] * 4, 2, 2, 2, tmp_path, limit=100)
    mapped = [replace(entry, cube=store.keep(entry.cube, (12, 10))) for entry in windows]
    assert store.mapped and isinstance(mapped[3].cube.s2, np.memmap)
    assert all(np.array_equal(a.cube.s2, b.cube.s2) for a, b in zip(windows, mapped))
    one, other = (PatchSampler(each, CODES, PATCH, MARGIN, 2).draw(50) for each in (windows, mapped))
    assert torch.equal(one.s2, other.s2) and torch.equal(one.labels, other.labels)
    store.discard()
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_draw_is_refused():
    with pytest.raises(SampleError, match="No labelled pixel can be the middle"):
        PatchSampler([window(np.zeros((20, 20)))], CODES, PATCH, MARGIN, 1)


def test_a_disk_too_full_for_the_windows_is_told_before_they_are_written(tmp_path, monkeypatch):
    """Written by memory, a full disk would end the process without a word."""

    def full(handle, start, size):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(OutputError, match="windows_s2.npy cannot be written .*: free space on the disk"):
        WindowStore([(12, 10)] * 4, 2, 2, 2, tmp_path, limit=100)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    store = WindowStore([(12, 10)] * 4, 2, 2, 2, tmp_path, limit=100)
    assert all(path.stat().st_blocks * 512 >= path.stat().st_size for path in tmp_path.glob("*.npy")), "no holes"
    store.discard()
