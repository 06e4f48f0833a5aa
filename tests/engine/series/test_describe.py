"""Headers of rasters."""

from __future__ import annotations

import pytest

from crop_attention.engine.series.files.describe import Unreadable, describe

SERVICE = """<GDAL_WMS><Service name="TMS"><ServerUrl>http://127.0.0.1:9/${z}/${x}/${y}.png</ServerUrl></Service>
<DataWindow><UpperLeftX>0</UpperLeftX><UpperLeftY>10</UpperLeftY><LowerRightX>10</LowerRightX><LowerRightY>0</LowerRightY>
<TileLevel>1</TileLevel></DataWindow><Projection>EPSG:4326</Projection><BandsCount>3</BandsCount></GDAL_WMS>"""


def test_a_map_server_dressed_as_a_raster_is_refused_and_never_asked(tmp_path):
    path = tmp_path / "S2_20180704.tif"
    path.write_text(SERVICE)
    with pytest.raises(Unreadable, match="describes a map server"):
        describe(str(path))
