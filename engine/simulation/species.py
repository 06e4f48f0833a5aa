"""The table of what grows or stands in a county: calendars, cover, spectra and backscatter of each kind.

Calendars are days from 1 January of the harvest year. They start from AquaCrop's growing periods and the sowing dates
of temperate Europe and were fitted, with cover and backscatter, to the medians of real parcel points (French declared
parcels of 2023). Sugar beet, potatoes, and the other crops that no or few points show have values typical of such
canopies, fitted to nothing; spring cereals and pulses lean on 6 and 13 points.
"""

from __future__ import annotations

from dataclasses import dataclass

EUROPE, SHANDONG = "temperate Europe", "Shandong"
SUMMER, AUTUMN, EARLY = "summer", "autumn", "early"
"""What stood before: the winter before a spring-sown crop, the summer before an autumn-sown one, or before rapeseed."""


@dataclass(frozen=True)
class Species:
    """One annual kind.

    Attributes:
        code: class of the legend.
        share: weight within its class.
        days: emergence, half growth, full cover, start of ripening, harvest.
        spread: standard deviation of the whole calendar between fields, in days.
        harvest: further standard deviation of the harvest, in days.
        levels: green cover at those five points, 0..1.
        vigour: standard deviation of the cover between fields, as a share.
        dry: share of the lost green that stands as dry matter until harvest.
        flower: spectrum, first and last stage (0 emergence .. 4 harvest) and share of a flowering canopy, or None.
        vv, vh: backscatter of the closed canopy in dB at the five points.
        before: what stood before it.
        after: share of fields that are green again after harvest.
        ridges: dB that ridges or tall stubble add to the ground.
        then: the kind that is sown after the harvest, in the same year.
        place: legend that `code` belongs to.
    """

    name: str
    code: int
    share: float
    days: tuple[float, float, float, float, float]
    spread: float
    harvest: float
    levels: tuple[float, float, float, float, float]
    vigour: float
    dry: float
    leaf: str
    vv: tuple[float, float, float, float, float]
    vh: tuple[float, float, float, float, float]
    straw: str = "straw"
    flower: tuple[str, float, float, float] | None = None
    before: str = SUMMER
    after: float = 0.4
    ridges: float = 0.0
    then: str = ""
    place: str = EUROPE


# fmt: off
SPECIES = (
    Species("winter wheat", 1, 0.72, (-64, 60, 103, 158, 189), 13, 7, (0.0, 0.76, 0.98, 0.96, 0.06), 0.10, 0.9,
            "cereal", (-8.0, -11.3, -16.9, -14.6, -13.4), (-16.8, -18.4, -22.4, -20.6, -20.4), before=AUTUMN,
            after=0.5),
    Species("winter triticale or rye", 1, 0.20, (-68, 57, 98, 156, 190), 13, 8, (0.0, 0.78, 0.97, 0.93, 0.06), 0.12,
            0.9, "cereal", (-8.2, -11.3, -16.0, -13.8, -12.8), (-17.0, -18.4, -21.2, -19.2, -19.4), before=AUTUMN),
    Species("winter oats", 1, 0.08, (-58, 60, 100, 155, 192), 13, 8, (0.0, 0.68, 0.96, 0.92, 0.08), 0.12, 0.9,
            "cereal", (-9.0, -12.0, -14.8, -12.4, -11.2), (-17.0, -18.5, -19.5, -17.0, -17.2), before=AUTUMN),
    Species("winter barley", 2, 1.0, (-76, 57, 96, 132, 170), 12, 6, (0.0, 0.78, 0.98, 0.92, 0.10), 0.10, 0.9,
            "barley", (-9.4, -12.3, -15.6, -13.2, -10.6), (-17.4, -19.5, -21.6, -18.0, -14.6), before=AUTUMN,
            after=0.85),
    Species("spring barley", 3, 0.55, (86, 117, 146, 172, 199), 15, 7, (0.0, 0.40, 0.92, 0.86, 0.10), 0.17, 0.9,
            "barley", (-9.6, -11.0, -13.4, -11.8, -10.8), (-18.4, -18.8, -20.2, -17.6, -16.4), after=0.85),
    Species("spring oats", 3, 0.25, (88, 119, 148, 178, 208), 16, 9, (0.0, 0.38, 0.90, 0.84, 0.12), 0.18, 0.9,
            "cereal", (-9.6, -10.6, -12.2, -11.0, -10.4), (-18.4, -18.4, -19.0, -17.0, -16.4), after=0.85),
    Species("spring wheat", 3, 0.20, (80, 114, 146, 178, 207), 16, 8, (0.0, 0.40, 0.93, 0.88, 0.10), 0.17, 0.9,
            "cereal", (-9.6, -11.2, -14.0, -12.4, -11.6), (-18.4, -18.8, -20.6, -18.6, -18.2), after=0.7),
    Species("maize", 4, 0.5, (136, 171, 197, 240, 274), 11, 12, (0.0, 0.38, 0.985, 0.94, 0.26), 0.09, 0.8, "maize",
            (-10.5, -9.9, -10.3, -10.2, -10.2), (-18.6, -16.8, -16.3, -16.2, -16.6), straw="brown", after=0.15),
    Species("silage maize", 4, 0.5, (136, 171, 197, 242, 264), 11, 11, (0.0, 0.38, 0.985, 0.95, 0.62), 0.09, 0.5,
            "maize", (-10.5, -9.9, -10.3, -10.2, -10.2), (-18.6, -16.8, -16.3, -16.2, -16.4), straw="brown",
            after=0.3),
    Species("winter rapeseed", 5, 1.0, (-112, -75, 85, 160, 184), 9, 6, (0.0, 0.82, 0.93, 0.88, 0.20), 0.10, 0.7,
            "rapeseed", (-8.6, -7.8, -9.0, -6.6, -6.8), (-17.0, -15.4, -14.4, -10.2, -10.8),
            flower=("yellow", 2.05, 2.55, 0.55), before=EARLY, after=0.6),
    Species("sunflower", 6, 1.0, (135, 170, 196, 230, 262), 12, 10, (0.0, 0.34, 0.93, 0.90, 0.20), 0.13, 0.9,
            "sunflower", (-9.8, -8.2, -6.6, -7.6, -9.8), (-17.8, -16.2, -15.6, -15.8, -15.4), straw="brown",
            flower=("ray", 2.2, 2.9, 0.30), after=0.35),
    Species("soybean", 7, 1.0, (150, 184, 210, 242, 272), 13, 9, (0.0, 0.32, 0.98, 0.95, 0.18), 0.09, 0.7,
            "soybean", (-9.4, -8.2, -8.6, -8.0, -9.0), (-18.6, -17.2, -15.9, -15.2, -15.6), straw="brown",
            after=0.25),
    Species("sugar beet", 8, 1.0, (108, 142, 172, 268, 300), 9, 22, (0.0, 0.36, 0.95, 0.90, 0.84), 0.09, 0.2,
            "beet", (-10.4, -9.4, -8.4, -8.8, -9.0), (-18.8, -15.6, -14.4, -14.6, -14.8), straw="brown", after=0.1),
    Species("ware potatoes", 9, 0.7, (140, 163, 184, 226, 268), 10, 12, (0.0, 0.45, 0.93, 0.84, 0.08), 0.12, 0.5,
            "potato", (-10.0, -9.4, -9.2, -9.6, -10.8), (-17.6, -15.0, -14.4, -15.2, -17.2), straw="brown",
            ridges=1.2, after=0.2),
    Species("early potatoes", 9, 0.3, (112, 136, 158, 188, 215), 12, 12, (0.0, 0.45, 0.92, 0.84, 0.08), 0.13, 0.5,
            "potato", (-10.0, -9.4, -9.2, -9.6, -10.8), (-17.6, -15.0, -14.4, -15.2, -17.2), straw="brown",
            ridges=1.2, after=0.6),
    Species("spring peas", 10, 0.30, (82, 110, 134, 170, 198), 14, 9, (0.0, 0.46, 0.95, 0.91, 0.16), 0.13, 0.8,
            "pulse", (-10.0, -10.2, -10.4, -10.6, -11.6), (-18.4, -15.6, -14.2, -14.4, -17.4),
            flower=("leafy", 2.1, 2.7, .3), after=0.9),
    Species("winter peas or beans", 10, 0.26, (-40, 58, 108, 164, 194), 13, 9, (0.0, 0.56, 0.95, 0.92, 0.16), 0.13,
            0.8, "pulse", (-9.4, -10.0, -10.2, -10.2, -11.0), (-17.6, -17.4, -14.4, -14.2, -17.0), before=AUTUMN,
            after=0.9),
    Species("spring field beans", 10, 0.26, (84, 116, 146, 192, 228), 14, 10, (0.0, 0.40, 0.95, 0.90, 0.08), 0.13,
            0.8, "pulse", (-10.0, -9.8, -10.0, -9.8, -9.4), (-18.4, -15.8, -14.0, -14.2, -16.4), straw="brown",
            after=0.4),
    Species("green beans", 10, 0.10, (160, 182, 202, 222, 238), 20, 7, (0.0, 0.42, 0.92, 0.88, 0.50), 0.14, 0.4,
            "soybean", (-9.8, -9.4, -9.8, -9.8, -10.0), (-18.2, -16.6, -15.8, -15.8, -16.4), straw="brown",
            after=0.4),
    Species("lentils or chickpeas", 10, 0.08, (98, 128, 156, 186, 212), 14, 10, (0.0, 0.30, 0.72, 0.64, 0.10), 0.18,
            0.8, "pulse", (-9.8, -10.6, -11.2, -11.0, -11.4), (-18.4, -17.4, -16.6, -16.8, -18.0), after=0.4),
    Species("new grass", 11, 0.06, (-45, 30, 90, 330, 400), 22, 20, (0.0, 0.55, 0.95, 0.93, 0.90), 0.12, 0.3,
            "grass", (-9.2, -11.2, -12.4, -12.4, -12.4), (-17.4, -17.6, -18.4, -18.4, -18.4), before=AUTUMN),
    Species("flax", 13, 0.13, (98, 124, 150, 180, 198), 9, 6, (0.0, 0.45, 0.94, 0.88, 0.35), 0.10, 0.8, "flax",
            (-10.0, -11.6, -13.4, -12.8, -12.2), (-18.6, -17.6, -17.4, -16.6, -17.4), after=0.3),
    Species("hemp", 13, 0.05, (130, 152, 172, 222, 246), 10, 8, (0.0, 0.5, 0.97, 0.92, 0.40), 0.09, 0.7, "hemp",
            (-10.0, -9.4, -9.6, -9.2, -9.2), (-18.4, -15.6, -14.4, -14.2, -14.6), after=0.2),
    Species("tobacco", 13, 0.03, (150, 172, 192, 222, 246), 10, 10, (0.05, 0.35, 0.88, 0.82, 0.35), 0.12, 0.4,
            "leafy", (-9.8, -8.8, -8.4, -8.6, -9.2), (-18.0, -16.0, -14.8, -14.8, -15.6), after=0.3, ridges=0.8),
    Species("sorghum", 13, 0.07, (150, 182, 212, 246, 276), 13, 10, (0.0, 0.38, 0.90, 0.86, 0.35), 0.14, 0.8,
            "maize", (-11.0, -10.2, -9.6, -9.0, -9.4), (-19.0, -17.6, -16.6, -15.8, -16.0), straw="brown",
            after=0.15),
    Species("buckwheat or millet", 13, 0.05, (165, 188, 208, 235, 262), 16, 10, (0.0, 0.42, 0.88, 0.80, 0.25), 0.15,
            0.7, "leafy", (-10.0, -9.8, -10.2, -10.2, -10.4), (-18.4, -16.8, -16.0, -16.0, -16.6), straw="brown",
            flower=("leafy", 2.0, 3.0, .4), after=0.25),
    Species("chicory", 13, 0.05, (128, 156, 184, 275, 300), 10, 18, (0.0, 0.34, 0.92, 0.88, 0.80), 0.10, 0.2,
            "leafy", (-10.4, -9.8, -9.2, -9.4, -9.6), (-18.8, -16.4, -15.2, -15.2, -15.4), straw="brown", after=0.1),
    Species("spring vegetables", 13, 0.12, (100, 125, 150, 178, 196), 24, 12, (0.04, 0.40, 0.84, 0.80, 0.50), 0.18,
            0.2, "leafy", (-10.0, -9.6, -9.6, -9.8, -10.4), (-18.0, -16.4, -15.4, -15.6, -16.4), after=0.7,
            ridges=0.6),
    Species("summer vegetables", 13, 0.13, (165, 190, 215, 262, 285), 20, 22, (0.04, 0.40, 0.86, 0.82, 0.60), 0.17,
            0.2, "leafy", (-10.0, -9.6, -9.4, -9.4, -9.8), (-18.0, -16.2, -15.2, -15.2, -15.8), after=0.4,
            ridges=0.6),
    Species("onions or carrots", 13, 0.10, (105, 140, 178, 220, 250), 14, 14, (0.0, 0.25, 0.72, 0.64, 0.25), 0.16,
            0.4, "leafy", (-10.4, -11.0, -11.4, -11.6, -12.2), (-19.4, -18.4, -17.2, -17.4, -18.6), straw="brown",
            after=0.3),
    Species("winter vegetables", 13, 0.06, (-125, -95, -70, 20, 60), 20, 25, (0.05, 0.40, 0.80, 0.72, 0.50), 0.16,
            0.3, "leafy", (-10.0, -9.6, -9.2, -9.6, -10.0), (-18.0, -16.2, -15.2, -15.6, -16.4), before=EARLY,
            after=0.8, ridges=0.6),
    Species("mustard, phacelia or mixtures", 13, 0.05, (95, 122, 148, 172, 196), 22, 15,
            (0.0, 0.5, 0.92, 0.86, 0.4), 0.12, 0.6, "mustard", (-9.6, -9.8, -9.8, -9.2, -9.6),
            (-18.0, -15.6, -14.2, -14.0, -15.0), flower=("yellow", 2.0, 2.8, .3), after=0.5),
)

# fmt: off
PLAIN = (
    Species("northern winter wheat", 1, 1.0, (-72, 72, 103, 138, 160), 6, 4, (0.0, 0.36, 0.97, 0.94, 0.10), 0.11, 0.9,
            "cereal", (-10.2, -11.6, -15.8, -13.8, -12.8), (-18.4, -18.8, -21.8, -20.2, -20.2), before=AUTUMN,
            after=0.0, then="summer maize", place=SHANDONG),
    Species("summer maize", 0, 1.0, (173, 196, 217, 252, 268), 5, 5, (0.0, 0.40, 0.97, 0.93, 0.40), 0.10, 0.8,
            "maize", (-10.5, -9.9, -10.3, -10.2, -10.2), (-18.6, -16.8, -16.3, -16.2, -16.6), straw="brown", after=0.0,
            place=SHANDONG),
    Species("spring maize", 2, 1.0, (126, 158, 184, 228, 252), 10, 8, (0.0, 0.38, 0.97, 0.93, 0.30), 0.11, 0.8,
            "maize", (-10.5, -9.9, -10.3, -10.2, -10.2), (-18.6, -16.8, -16.3, -16.2, -16.6), straw="brown", after=0.1,
            place=SHANDONG),
    Species("spring peanut", 3, 1.0, (130, 164, 194, 240, 258), 9, 8, (0.0, 0.34, 0.94, 0.90, 0.52), 0.11, 0.5,
            "peanut", (-13.0, -10.6, -9.5, -9.5, -10.4), (-22.0, -18.2, -15.8, -15.2, -16.4), straw="brown",
            flower=("ray", 1.4, 2.4, 0.06), after=0.05, ridges=0.6, place=SHANDONG),
    Species("sweet potato", 4, 1.0, (140, 184, 212, 266, 284), 10, 9, (0.04, 0.36, 0.96, 0.93, 0.74), 0.11, 0.3,
            "sweet potato", (-10.6, -9.8, -9.2, -9.2, -9.8), (-18.2, -16.4, -14.8, -14.8, -15.6), straw="brown",
            after=0.0, ridges=1.4, place=SHANDONG),
    Species("garlic or onions", 7, 0.35, (-76, 60, 96, 132, 150), 8, 6, (0.0, 0.34, 0.78, 0.70, 0.20), 0.16, 0.4,
            "leafy", (-10.4, -11.0, -11.4, -11.6, -12.0), (-18.6, -18.2, -17.4, -17.4, -18.4), before=AUTUMN, after=0.6,
            then="autumn vegetables", place=SHANDONG),
    Species("ginger or summer vegetables", 7, 0.40, (132, 168, 205, 272, 292), 16, 14, (0.02, 0.34, 0.84, 0.80, 0.50),
            0.17, 0.2, "leafy", (-10.0, -9.6, -9.4, -9.4, -9.8), (-18.0, -16.4, -15.2, -15.2, -15.8), after=0.1,
            ridges=0.8, place=SHANDONG),
    Species("spring vegetables under film", 7, 0.25, (88, 112, 135, 160, 178), 16, 10, (0.04, 0.38, 0.82, 0.76, 0.40),
            0.18, 0.2, "leafy", (-10.0, -9.6, -9.4, -9.6, -10.2), (-18.0, -16.2, -15.2, -15.4, -16.2), after=0.3,
            then="autumn vegetables", ridges=0.6, place=SHANDONG),
    Species("autumn vegetables", 0, 1.0, (214, 236, 258, 300, 318), 12, 10, (0.03, 0.42, 0.86, 0.82, 0.55), 0.17, 0.2,
            "leafy", (-10.0, -9.6, -9.2, -9.4, -9.8), (-18.0, -16.2, -15.0, -15.2, -15.8), after=0.0, ridges=0.6,
            place=SHANDONG),
)
"""Crops of hilly Shandong, 36 degrees north: wheat is sown from early to mid October and cut about 10 June, maize
follows it until late September; peanut is sown from late April and lifted in September, sweet potato planted in May and
lifted in October. Calendars are those common on the North China Plain; peanut's backscatter follows points in Africa,
wheat's and maize's the French ones, the rest typical values."""

COVERS = (
    Species("weeds and volunteers", 0, 1.0, (0, 0, 0, 0, 0), 0, 0, (0.0, 0.45, 1.0, 0.95, 0.85), 0.25, 0.3, "grass",
            (-9.8, -10.4, -11.2, -11.4, -11.2), (-18.2, -17.4, -17.2, -17.4, -17.4), straw="brown"),
    Species("mustard or phacelia", 0, 1.0, (0, 0, 0, 0, 0), 0, 0, (0.0, 0.55, 1.0, 0.80, 0.35), 0.20, 0.8,
            "mustard", (-9.6, -9.6, -9.6, -9.8, -10.0), (-18.0, -16.0, -15.2, -15.8, -17.0), straw="brown"),
    Species("ryegrass or clover", 0, 1.0, (0, 0, 0, 0, 0), 0, 0, (0.0, 0.55, 1.0, 0.98, 0.98), 0.15, 0.3, "grass",
            (-10.0, -11.0, -11.8, -12.0, -12.0), (-18.2, -17.6, -17.6, -17.8, -17.8), straw="brown"),
    Species("cereal volunteers", 0, 1.0, (0, 0, 0, 0, 0), 0, 0, (0.0, 0.55, 1.0, 0.98, 0.90), 0.20, 0.3, "cereal",
            (-9.8, -10.6, -11.8, -12.0, -12.0), (-18.2, -17.8, -18.2, -18.4, -18.4), straw="straw"),
)
# fmt: on
WEEDS, MUSTARD, LEY, VOLUNTEERS = range(len(SPECIES), len(SPECIES) + len(COVERS))
ANNUALS = SPECIES + COVERS + PLAIN


def number(name: str) -> int:
    """Return the row of a named annual in `ANNUALS`."""
    return next(row for row, entry in enumerate(ANNUALS) if entry.name == name)
