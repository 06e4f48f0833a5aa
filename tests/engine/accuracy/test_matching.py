"""Names of the reference meet classes of the map, or are named in the error."""

from __future__ import annotations

import pytest
from osgeo import gdal

from crop_attention.engine.accuracy.map_classes import MapClasses, map_classes
from crop_attention.engine.accuracy.matching import match
from crop_attention.engine.arguments import read_table
from crop_attention.engine.class_names import comparable
from crop_attention.engine.errors import AccuracyError
from crop_attention.models.card import CropClass

CLASSES = MapClasses((CropClass(1, "Maïs grain", "#ff0000"), CropClass(4, "Winter wheat", "#00ff00")))
NUMBERS = MapClasses(())


def test_case_and_accents_do_not_matter():
    assert comparable("  MAIS_Grain ") == comparable("Maïs grain") == "mais grain"
    found = match(["mais grain", "WINTER-WHEAT"], {}, CLASSES)
    assert found.codes == {"mais grain": 1, "WINTER-WHEAT": 4}


def test_signs_are_part_of_a_name():
    signs = MapClasses(tuple(CropClass(code, name, "#000000") for code, name in enumerate(("C", "A B", "x"), 1)))
    assert match(["c", "a_b"], {}, signs).codes == {"c": 1, "a_b": 2}
    for strange in ("C+", "C-", "A/B", "A+B"):
        assert match([strange], {}, signs, "keep").kept == (strange,)
    assert match(["-1", "1"], {}, NUMBERS, "ignore").ignored == ("-1",)
    assert comparable("-1") != comparable("1") and comparable("2-3") != comparable("2 3")


def test_the_nearest_name_is_offered():
    with pytest.raises(AccuracyError, match="'winter weat = Winter wheat'"):
        match(["winter weat"], {}, CLASSES)
    with pytest.raises(AccuracyError, match="did you mean 'Winter wheat'"):
        match(["x"], read_table("x = winterwheat"), CLASSES)


def test_table_goes_first_and_several_values_into_one_class():
    table = read_table("corn = Maïs grain; silage -> mais grain\nfallow =\nwheat => 4")
    found = match(["corn", "silage", "Fallow", "wheat", "Winter wheat"], table, CLASSES)
    assert found.codes == {"corn": 1, "silage": 1, "wheat": 4, "Winter wheat": 4}
    assert found.ignored == ("Fallow",) and found.unused == ()
    assert match(["corn"], table, CLASSES).unused == ("silage", "fallow", "wheat")


def test_what_has_no_class_is_named_with_the_remedy():
    with pytest.raises(
        AccuracyError, match=r"'rye', 'spelt' are not classes .*Maïs grain, Winter wheat.*'rye = Winter"
    ):
        match(["spelt", "rye", "winter wheat"], {}, CLASSES)
    assert match(["rye", "winter wheat"], {}, CLASSES, "ignore").ignored == ("rye",)
    assert match(["rye", "winter wheat"], {}, CLASSES, "keep").kept == ("rye",)


def test_numbers_are_codes_only_where_the_map_has_no_names():
    assert match(["7", "Class 3"], {}, NUMBERS).codes == {"7": 7, "Class 3": 3}
    with pytest.raises(AccuracyError, match="'4' are not classes"):
        match(["4"], {}, CLASSES)
    assert match(["4"], read_table("4 = Winter wheat"), CLASSES).codes == {"4": 4}


def test_tables_that_cannot_be_followed():
    with pytest.raises(AccuracyError, match="'barley', which the crop map does not have; it has Maïs grain"):
        match(["x"], read_table("x = barley"), CLASSES)
    with pytest.raises(AccuracyError, match="holds 'nonsense'"):
        read_table("a = b\nnonsense")
    with pytest.raises(AccuracyError, match="gives 'a' twice"):
        read_table("a = b; a = c")
    with pytest.raises(AccuracyError, match="absent.csv cannot be read"):
        read_table("absent.csv")
    twins = MapClasses((CropClass(1, "Wheat", "#000000"), CropClass(2, "wheat", "#000000")))
    with pytest.raises(AccuracyError, match="two classes with the same name"):
        match(["wheat"], {}, twins)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["reference{0}map class\n", ""])
def test_table_from_a_csv_file(tmp_path, delimiter, header):
    path = tmp_path / "classes.csv"
    lines = f'{header.format(delimiter)}corn{delimiter}Maïs grain\n"a = b"{delimiter}\n'
    path.write_text(lines, encoding="utf-8")
    assert read_table(str(path)) == {"corn": "Maïs grain", "a = b": ""}


def test_names_from_wherever_the_file_keeps_them(crop_map, tmp_path):
    path = crop_map([[1, 2, 3]])
    assert [entry.name for entry in map_classes(path).named] == ["Maïs", "Winter wheat", "Grass"]
    (tmp_path / "map.tif.aux.xml").unlink(missing_ok=True)  # the tag in the file stays
    assert [entry.name for entry in map_classes(path).named] == ["Maïs", "Winter wheat", "Grass"]
    bare = crop_map([[1, 2]], "bare.tif", legend=())
    assert map_classes(bare).named == () and map_classes(bare).name(2) == "Class 2"


def test_names_from_an_attribute_table_of_another_tool(crop_map):
    path = crop_map([[1, 7]], "table.tif", legend=())
    table = gdal.RasterAttributeTable()
    table.CreateColumn("VALUE", gdal.GFT_Integer, gdal.GFU_MinMax)
    table.CreateColumn("Crop", gdal.GFT_String, gdal.GFU_Name)
    table.SetRowCount(2)
    for row, (code, name) in enumerate([(7, "Rice"), (0, "nothing")]):
        table.SetValueAsInt(row, 0, code)
        table.SetValueAsString(row, 1, name)
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.GetRasterBand(1).SetDefaultRAT(table)
    del dataset
    assert [(entry.code, entry.name) for entry in map_classes(path).named] == [(7, "Rice")]
