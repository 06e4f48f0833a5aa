"""The command of an installed wheel."""

from crop_attention.cli import entry


def test_a_python_without_gdal_says_so_in_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(entry, "find_spec", lambda name: None)
    assert entry.main() == 1
    said = capsys.readouterr().err
    assert said.startswith("error: This Python has no GDAL") and said.count("\n") == 1


def test_the_command_is_that_of_the_module(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["crop-attention", "checkpoints"])
    assert entry.main() == 0
    assert "temperate_europe" in capsys.readouterr().out
