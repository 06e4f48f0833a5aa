"""The real landscape: what is declared, what is counted, and the page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

from crop_attention.benchmarks.accuracy import flanders as module
from crop_attention.benchmarks.accuracy.flanders import assess, declared_classes, inner, missing
from crop_attention.benchmarks.accuracy.hits import Hits
from crop_attention.benchmarks.accuracy.page import document, flanders_section, trust_section
from crop_attention.benchmarks.accuracy.sample import flemish
from crop_attention.benchmarks.accuracy.trust import trust
from crop_attention.engine.simulation.county import CountyOptions, simulate_county
from crop_attention.models.checkpoint import default_checkpoint, read_card
from step_network import checkpoint, sample

MAIZE, GRASS, SIDE = 4, 11, 32
PARCELS = ((1, "maize", 1200, 0, 0, 12), (2, "grassland", 9120, 16, 16, 10), (3, "potatoes", 5100, 0, 20, 4))
"""Number, crop, code, row, column, side."""


@pytest.fixture(scope="module")
def landscape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated rasters of two dates a sensor with three square parcels declared by hand."""
    folder = tmp_path_factory.mktemp("flanders")
    made = simulate_county(str(folder), CountyOptions(size=SIDE, s2_dates=2, s1_dates=2, cloudiness=0.0))
    made.parcels.unlink()
    truth = gdal.Open(str(made.truth))
    west, pixel, _, north, _, _ = truth.GetGeoTransform()
    codes = np.zeros((SIDE, SIDE), np.uint16)
    vector = gdal.GetDriverByName("GPKG").Create(str(folder / "parcels.gpkg"), 0, 0, 0, gdal.GDT_Unknown)
    layer = vector.CreateLayer("parcels", truth.GetSpatialRef(), ogr.wkbPolygon)
    for name, kind in (("parcel_id", ogr.OFTInteger), ("crop_code", ogr.OFTInteger), ("crop", ogr.OFTString)):
        layer.CreateField(ogr.FieldDefn(name, kind))
    for number, crop, code, row, col, side in PARCELS:
        codes[row : row + side, col : col + side] = code
        x1, y1 = west + col * pixel, north - row * pixel
        x2, y2 = x1 + side * pixel, y1 - side * pixel
        feature = ogr.Feature(layer.GetLayerDefn())
        for name, value in (("parcel_id", number), ("crop_code", code), ("crop", crop)):
            feature.SetField(name, value)
        ring = f"{x1} {y1}, {x2} {y1}, {x2} {y2}, {x1} {y2}, {x1} {y1}"
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POLYGON (({ring}))"))
        layer.CreateFeature(feature)
    layer = vector = None
    raster = gdal.GetDriverByName("GTiff").Create(str(folder / "crop_codes.tif"), SIDE, SIDE, 1, gdal.GDT_UInt16)
    raster.WriteArray(codes)
    raster = None
    return folder


def mapping(classes: np.ndarray):
    """Stand in for the network: write these classes on the grid of the series."""

    def classify(prepared, path, outputs, options, feedback, with_statistics=True) -> None:
        grid = prepared.grid
        assert (grid.height, grid.width) == classes.shape
        raster = gdal.GetDriverByName("GTiff").Create(outputs["crop_map"], grid.width, grid.height, 1, gdal.GDT_Byte)
        raster.SetGeoTransform((grid.x0, grid.pixel, 0, grid.y0, 0, -grid.pixel))
        raster.SetProjection(grid.crs)
        raster.WriteArray(classes)

    return classify


def test_hits_are_counted_by_pixel_and_by_parcel(landscape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapped = np.full((SIDE, SIDE), MAIZE, np.uint8)
    mapped[16:26, 16:26] = GRASS
    mapped[16:26, 16] = 1
    monkeypatch.setattr(module, "classify", mapping(mapped))
    found = assess(default_checkpoint(), landscape)
    both = "Maize and grassland"
    assert found.whole == (Hits("Maize", 144, 144), Hits("Grassland", 90, 100), Hits(both, 234, 244))
    # The first parcel lies in the corner of the raster, where two of its sides are not known.
    assert found.inner == (Hits("Maize", 100, 100), Hits("Grassland", 64, 64), Hits(both, 164, 164))
    assert [(parcel.truth, parcel.label) for parcel in found.parcels] == [(MAIZE, MAIZE), (GRASS, GRASS), (9, MAIZE)]
    assert [parcel.hectares for parcel in found.parcels] == pytest.approx([1.44, 1.0, 0.16])
    assert found.by_parcel() == (Hits("All parcels", 2, 3), Hits("Parcels over 0.4 ha", 2, 2))
    assert ("Grassland, all pixels", "90 of 100", "90.0%") in found.rows()
    page = document([flanders_section(found), trust_section(trust([(checkpoint(20, 20), sample(np.full(9, 4)))]))], "")
    assert "2 of 3 are right, 2 of 2 among parcels over 0.4 ha" in page and page.count(">wrong<") == 1


def test_the_network_maps_the_landscape(landscape: Path) -> None:
    found = assess(default_checkpoint(), landscape)
    assert [hit.total for hit in found.whole] == [144, 100, 244] and len(found.parcels) == 3
    assert all(parcel.label in found.names and 0 < parcel.share <= 1 for parcel in found.parcels)


def test_pixels_of_the_landscape_are_read_with_their_parcels(landscape: Path) -> None:
    found = flemish(read_card(default_checkpoint()), landscape, most=60)
    assert len(found) == 60 and found.s2.shape[1:] == (24, 10) and set(found.labels) == {MAIZE, GRASS, 9}
    assert len(set(zip(found.labels, found.parcels))) == len(set(found.parcels)) == 3
    assert 0 < found.s2_valid.any(axis=0).sum() <= 2 and found.s2[found.s2_valid].max() < 1.3


def test_a_folder_that_is_not_there_is_told(landscape: Path, tmp_path: Path) -> None:
    assert missing(tmp_path) == f"There is no sentinel2 in {tmp_path}: the labelled landscape is left out."
    assert missing(landscape) == ""


def test_inner_pixels_have_four_neighbours_alike() -> None:
    declared = np.full((5, 5), MAIZE, np.uint8)
    declared[:, 4] = GRASS
    assert np.argwhere(inner(declared)).tolist() == [[row, col] for row in (1, 2, 3) for col in (1, 2)]


def test_a_perfect_map_of_the_real_landscape_is_all_right(real_data, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = real_data("flanders_2018")
    declared, parcels = declared_classes(read_card(default_checkpoint()), folder)
    assert len(parcels) == 18
    monkeypatch.setattr(module, "classify", mapping(declared))
    found = assess(default_checkpoint(), folder)
    assert [(hit.right, hit.total) for hit in found.whole] == [(1249, 1249), (835, 835), (2084, 2084)]
    assert [(hit.right, hit.total) for hit in found.by_parcel()] == [(18, 18), (8, 8)]
    assert found.season == "2017-10-01 to 2018-09-25"
