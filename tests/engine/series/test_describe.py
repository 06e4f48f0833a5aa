"""Headers of rasters."""

from __future__ import annotations

import pytest
from osgeo import gdal, osr

from crop_attention.engine.series.files.describe import Unreadable, describe

SERVICE = """<GDAL_WMS><Service name="TMS"><ServerUrl>http://127.0.0.1:9/${z}/${x}/${y}.png</ServerUrl></Service>
<DataWindow><UpperLeftX>0</UpperLeftX><UpperLeftY>10</UpperLeftY><LowerRightX>10</LowerRightX><LowerRightY>0</LowerRightY>
<TileLevel>1</TileLevel></DataWindow><Projection>EPSG:4326</Projection><BandsCount>3</BandsCount></GDAL_WMS>"""


def test_a_map_server_dressed_as_a_raster_is_refused_and_never_asked(tmp_path):
    path = tmp_path / "S2_20180704.tif"
    path.write_text(SERVICE)
    with pytest.raises(Unreadable, match="describes a map server"):
        describe(str(path))


@pytest.mark.parametrize(
    ("kind", "crs", "reason"),
    [
        (gdal.GDT_CInt16, "EPSG:32631", "holds complex numbers in band 1"),
        (gdal.GDT_CFloat32, "EPSG:32631", "holds complex numbers in band 1"),
        (gdal.GDT_Int16, 'LOCAL_CS["survey",UNIT["metre",1]]', "not tied to the Earth"),
    ],
)
def test_a_raster_that_shows_no_reflectance_of_a_place_is_refused_before_a_run(tmp_path, kind, crs, reason):
    reference = osr.SpatialReference()
    reference.SetFromUserInput(crs)
    dataset = gdal.GetDriverByName("GTiff").Create(str(tmp_path / "S2_20180704.tif"), 4, 4, 1, kind)
    dataset.SetGeoTransform((500_000, 10, 0, 5_000_000, 0, -10))
    dataset.SetProjection(reference.ExportToWkt())
    del dataset
    with pytest.raises(Unreadable, match=reason):
        describe(str(tmp_path / "S2_20180704.tif"))
