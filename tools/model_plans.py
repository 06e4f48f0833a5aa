"""What the ready-made models are: their steps, what feeds each step, and what the analyst is asked."""

from __future__ import annotations

from .model_parts import Ask, Give, Plan, Step

FOLDERS = "A folder with the {} rasters of one season, searched with its subfolders; .SAFE folders and zipped products "
FOLDERS += "are understood. One folder may hold both sensors and be given twice; one sensor may be left out."


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _folders(step: str) -> tuple[Ask, Ask]:
    """Ask for the folders of both sensors, as the given step declares them."""
    optical, radar = "S2_FOLDER", "S1_FOLDER"
    return (
        Ask(optical, step, optical, text=FOLDERS.format("Sentinel-2")),
        Ask(radar, step, radar, text=FOLDERS.format("Sentinel-1")),
    )


SERIES = ("S2_FOLDER", "S1_FOLDER", "SEASON_START", "SKIP_BROKEN")
WHERE = (*SERIES, "CHECKPOINT", "EXTENT")
MAP_AND_ASSESS = Plan(
    "mapandassess",
    "Check, map, label and assess",
    "Checks a season of Sentinel-1 and Sentinel-2, maps its crops with a checkpoint, labels the "
    "parcels and compares the map with a reference. The same as running 'Check series', 'Classify "
    "crops', 'Label parcels' and 'Assess accuracy' one after the other with the same folders. A step "
    "that fails stops the model with its reason; what earlier steps have written stays. In batch, "
    "one row is one county; scores and counts stand in its summary.",
    (
        *_folders("check"),
        Ask("PARCELS", "labels", "PARCELS"),
        Ask("REFERENCE", "accuracy", "REFERENCE"),
        Ask("CROP_FIELD", "accuracy", "CROP_FIELD"),
        Ask("CLASS_TABLE", "accuracy", "CLASS_TABLE"),
        Ask("CHECKPOINT", "classify", "CHECKPOINT"),
        Ask("SEASON_START", "classify", "SEASON_START"),
        Ask("EXTENT", "classify", "EXTENT"),
        Ask("PARCELS_ONLY", "classify", "PARCELS_ONLY"),
        Ask("DEVICE", "classify", "DEVICE"),
        Ask("SKIP_BROKEN", "classify", "SKIP_BROKEN", advanced=True),
        Ask("UNIT", "accuracy", "UNIT", advanced=True),
        Ask("UNMATCHED", "accuracy", "UNMATCHED", advanced=True),
    ),
    (
        Step("check", "checkseries", _same(*WHERE), (Give("REPORT", "Series report"),)),
        Step(
            "classify",
            "classifycrops",
            # The parcels come along so that a wrong layer is refused before the network runs.
            _same(*WHERE, "PARCELS", "PARCELS_ONLY", "DEVICE"),
            (
                Give("CROP_MAP", "Crop map", True, "TEMPORARY_OUTPUT"),
                # Left out it is made all the same: the labels take their mean confidence from it.
                Give("CONFIDENCE", "Confidence", False, "TEMPORARY_OUTPUT"),
                Give("REPORT", "Crop report"),
            ),
            ("check",),
        ),
        Step(
            "labels",
            "parcellabels",
            {"CROP_MAP": "classify.CROP_MAP", "CONFIDENCE": "classify.CONFIDENCE", "PARCELS": "PARCELS"},
            (Give("PARCEL_LABELS", "Parcel labels", True),),
        ),
        Step(
            "accuracy",
            "assessaccuracy",
            {"CROP_MAP": "classify.CROP_MAP", **_same("REFERENCE", "CROP_FIELD", "CLASS_TABLE", "UNIT", "UNMATCHED")},
            (Give("REPORT", "Accuracy report"), Give("TABLE", "Accuracy table")),
            ("labels",),
        ),
    ),
)
TRAIN_AND_MAP = Plan(
    "trainandmap",
    "Train and map",
    "Trains a checkpoint on parcels whose crop is known and maps the whole area of the series with it. The same as "
    "running 'Train checkpoint' and then 'Classify crops' with the same folders. The scores are those of the training: "
    "on blocks that the network never saw. A step that fails stops the model with its reason; a checkpoint that was "
    "trained before stays.",
    (
        *_folders("train"),
        Ask("PARCELS", "train", "PARCELS", "Training parcels"),
        Ask("CROP_FIELD", "train", "CROP_FIELD"),
        Ask(
            "PARCELS_TO_LABEL",
            "classify",
            "PARCELS",
            "Parcels to label",
            "Polygons to label with the new checkpoint, in any CRS. Empty: none are labelled.",
        ),
        Ask("BASE_CHECKPOINT", "train", "BASE_CHECKPOINT"),
        Ask("FROM_SCRATCH", "train", "FROM_SCRATCH"),
        Ask("SEASON_START", "train", "SEASON_START"),
        Ask("EXTENT", "classify", "EXTENT", "Extent to map"),
        Ask("EPOCHS", "train", "EPOCHS"),
        Ask("DEVICE", "train", "DEVICE"),
        Ask("MINUTES", "train", "MINUTES", "Minutes of training", advanced=True),
        Ask("ARCHITECTURE", "train", "ARCHITECTURE", advanced=True),
        Ask("SEED", "train", "SEED", advanced=True),
        Ask("MINIMUM_PARCELS", "train", "MINIMUM_PARCELS", advanced=True),
        Ask("OTHER_CLASS", "train", "OTHER_CLASS", advanced=True),
        Ask("BLOCK_METRES", "train", "BLOCK_METRES", advanced=True),
        Ask("BUFFER_METRES", "train", "BUFFER_METRES", advanced=True),
        Ask("SKIP_BROKEN", "train", "SKIP_BROKEN", advanced=True),
    ),
    (
        Step(
            "train",
            "traincheckpoint",
            _same(
                *SERIES, "PARCELS", "CROP_FIELD", "BASE_CHECKPOINT", "FROM_SCRATCH", "EPOCHS", "DEVICE", "MINUTES",
                "ARCHITECTURE", "SEED", "MINIMUM_PARCELS", "OTHER_CLASS", "BLOCK_METRES", "BUFFER_METRES",
            ),
            (Give("CHECKPOINT", "Checkpoint", True), Give("REPORT", "Training report")),
        ),
        Step(
            "classify",
            "classifycrops",
            {
                **_same(*SERIES, "EXTENT", "DEVICE"),
                "CHECKPOINT": "train.CHECKPOINT",
                "PARCELS": "PARCELS_TO_LABEL",
            },
            (
                Give("CROP_MAP", "Crop map", True, "TEMPORARY_OUTPUT"),
                Give("CONFIDENCE", "Confidence"),
                Give("PARCEL_LABELS", "Parcel labels"),
                Give("REPORT", "Crop report"),
            ),
        ),
    ),
)  # fmt: skip
WEEKLY_UPDATE = Plan(
    "weeklyupdate",
    "Weekly update of declarations",
    "Maps the season as far as its acquisitions go and compares the declared crops with the map. Give crop "
    "map and class probabilities of the last run as the previous ones, and every parcel whose light "
    "or observed crop has changed is marked. The same as running 'Classify crops' and then 'Check "
    "declarations'.",
    (
        *_folders("classify"),
        Ask("PARCELS", "declarations", "PARCELS"),
        Ask("DECLARED_FIELD", "declarations", "DECLARED_FIELD"),
        Ask("CLASS_TABLE", "declarations", "CLASS_TABLE"),
        Ask("GROUPS", "declarations", "GROUPS"),
        Ask("PREVIOUS_CROP_MAP", "declarations", "PREVIOUS_CROP_MAP"),
        Ask("PREVIOUS_PROBABILITIES", "declarations", "PREVIOUS_PROBABILITIES"),
        Ask("CHECKPOINT", "classify", "CHECKPOINT"),
        Ask("SEASON_START", "classify", "SEASON_START"),
        Ask("EXTENT", "classify", "EXTENT"),
        Ask("DEVICE", "classify", "DEVICE"),
        Ask("SKIP_BROKEN", "classify", "SKIP_BROKEN", advanced=True),
    ),
    (
        Step(
            "classify",
            "classifycrops",
            _same(*WHERE, "PARCELS", "DEVICE"),
            (
                Give("CROP_MAP", "Crop map", True, "TEMPORARY_OUTPUT"),
                # Left out they are made all the same: the verdicts rest on them.
                Give("PROBABILITIES", "Class probabilities", False, "TEMPORARY_OUTPUT"),
                Give("REPORT", "Crop report"),
            ),
        ),
        Step(
            "declarations",
            "checkdeclarations",
            {
                "CROP_MAP": "classify.CROP_MAP",
                "PROBABILITIES": "classify.PROBABILITIES",
                **_same("PARCELS", "DECLARED_FIELD", "CLASS_TABLE", "GROUPS"),
                **_same("PREVIOUS_CROP_MAP", "PREVIOUS_PROBABILITIES"),
            },
            (Give("CHECKED", "Checked parcels", True), Give("REPORT", "Declarations report")),
        ),
    ),
)
FIELDS_AND_MAP = Plan(
    "fieldsandmap",
    "Draw fields, map and clean",
    "For places without a parcel layer: draws fields from the series, maps the crops, and makes the map ready for use, "
    "with probabilities averaged within each field and small areas merged. The same as running 'Delineate fields', "
    "'Classify crops', 'Clean map' and 'Label parcels' one after the other.",
    (
        *_folders("fields"),
        Ask("CHECKPOINT", "classify", "CHECKPOINT"),
        Ask("SEASON_START", "classify", "SEASON_START"),
        Ask("EXTENT", "classify", "EXTENT"),
        Ask("MINIMUM_FIELD", "fields", "MINIMUM_AREA", "Minimum area of a field in hectares"),
        Ask("MINIMUM_AREA", "clean", "MINIMUM_AREA"),
        Ask("CLASS_TABLE", "clean", "CLASS_TABLE"),
        Ask("DEVICE", "classify", "DEVICE"),
        Ask("SKIP_BROKEN", "classify", "SKIP_BROKEN", advanced=True),
    ),
    (
        Step(
            "fields",
            "delineatefields",
            {**_same(*WHERE), "MINIMUM_AREA": "MINIMUM_FIELD"},
            (Give("FIELDS", "Fields", True, "TEMPORARY_OUTPUT"),),
        ),
        Step(
            "classify",
            "classifycrops",
            _same(*WHERE, "DEVICE"),
            (
                Give("CROP_MAP", "Crop map", False, "TEMPORARY_OUTPUT"),
                Give("PROBABILITIES", "Class probabilities", False, "TEMPORARY_OUTPUT"),
                Give("CONFIDENCE", "Confidence", False, "TEMPORARY_OUTPUT"),
                Give("REPORT", "Crop report"),
            ),
            ("fields",),
        ),
        Step(
            "clean",
            "cleanmap",
            {
                "CROP_MAP": "classify.CROP_MAP",
                "PROBABILITIES": "classify.PROBABILITIES",
                "PARCELS": "fields.FIELDS",
                **_same("MINIMUM_AREA", "CLASS_TABLE"),
            },
            (Give("CLEAN_MAP", "Cleaned map", True, "TEMPORARY_OUTPUT"),),
            fixed={"SMOOTHING": "parcels"},
        ),
        Step(
            "labels",
            "parcellabels",
            {"CROP_MAP": "clean.CLEAN_MAP", "PARCELS": "fields.FIELDS"},
            (Give("PARCEL_LABELS", "Labelled fields", True),),
        ),
    ),
)
PLANS = (MAP_AND_ASSESS, TRAIN_AND_MAP, WEEKLY_UPDATE, FIELDS_AND_MAP)
