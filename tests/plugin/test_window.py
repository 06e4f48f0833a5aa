"""The plugin in a real QGIS window: listed, unloaded, loaded again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

SCRIPT = '''
import json, os, sys, traceback
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication
from qgis.core import Qgis, QgsApplication
import qgis.utils

TITLES = ("Classify crops", "Label parcels", "Attention heatmaps", "Check series", "Simulate county")


def toolbox():
    """Texts of the branch of the plugin in the Toolbox, as it is on the screen."""
    from processing.gui.ProcessingToolbox import ProcessingToolbox
    dock = qgis.utils.iface.mainWindow().findChild(ProcessingToolbox)
    tree = dock.algorithmTree
    model = tree.model()

    def below(parent):
        rows = [model.index(row, 0, parent) for row in range(model.rowCount(parent))]
        return [(index.data(), index.data(1) is not None, below(index)) for index in rows]

    branches = below(tree.rootIndex())
    return [branch for branch in branches if branch[0] == "Crop Attention"]


def entries():
    """The entries of the plugin in the menu of plugins."""
    menus = [each.menu() for each in qgis.utils.iface.pluginMenu().actions() if each.text() == "Crop Attention"]
    return [action for menu in menus if menu is not None for action in menu.actions()]


def menu():
    return [action.text() for action in entries()]


def known():
    provider = QgsApplication.processingRegistry().providerById("cropattention")
    return sorted(algorithm.id() for algorithm in provider.algorithms()) if provider else None


def look():
    found = {"version": Qgis.QGIS_VERSION_INT}
    try:
        import processing
        found["torch"] = "torch" in sys.modules
        found["active"] = "crop_attention" in qgis.utils.active_plugins
        found["first"], found["toolbox"], found["menu"] = known(), toolbox(), menu()
        for action in entries():
            if action.text() == "Check series":
                action.trigger()
        QApplication.processEvents()
        found["opened"] = [each.windowTitle() for each in QApplication.topLevelWidgets() if each.isVisible()]
        [each.close() for each in QApplication.topLevelWidgets() if each.windowTitle().lower().endswith("check series")]
        dialog = processing.createAlgorithmDialog("cropattention:classifycrops", {})
        dialog.show()
        QApplication.processEvents()
        dialog.grab().save(os.environ["CROP_ATTENTION_PICTURE"])
        found["dialog"] = dialog.windowTitle()
        dialog.close()
        found["dialogs"] = []
        for identifier in known():
            dialog = processing.createAlgorithmDialog(identifier, {})
            dialog.show()
            QApplication.processEvents()
            dialog.close()
            found["dialogs"].append(identifier)
        found["unloaded"] = qgis.utils.unloadPlugin("crop_attention")
        QApplication.processEvents()
        found["gone"], found["toolbox gone"], found["menu gone"] = known(), toolbox(), menu()
        # QGIS forgets modules, not the packages around them.
        mine = [name for name in sys.modules if name.split(".")[0] == "crop_attention"]
        found["left"] = [name for name in mine if not hasattr(sys.modules[name], "__path__")]
        found["loaded"] = qgis.utils.loadPlugin("crop_attention") and qgis.utils.startPlugin("crop_attention")
        QApplication.processEvents()
        found["again"], found["toolbox again"], found["menu again"] = known(), toolbox(), menu()
    except Exception:
        found["error"] = traceback.format_exc()
    with open(os.environ["CROP_ATTENTION_FOUND"], "w", encoding="utf-8") as file:
        json.dump(found, file)
    os._exit(0)


QTimer.singleShot(1500, look)
'''
ALGORITHMS = ["assessaccuracy", "attentionheatmaps", "checkseries", "classifycrops", "parcellabels", "simulatecounty"]
ALGORITHMS += ["classifycounties", "traincheckpoint", "checkdeclarations", "delineatefields", "cleanmap"]
ALGORITHMS += ["designsample", "comparemaps"]
MODELS = ["fieldsandmap", "mapandassess", "trainandmap", "weeklyupdate"]


@pytest.fixture(scope="module")
def found(tmp_path_factory, plugins_folder) -> dict:
    """What a script saw in a QGIS window with a profile of its own, in which the plugin is switched on."""
    for program in ("qgis", "xvfb-run", "xauth"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("window")
    settings = folder / "profiles" / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[PythonPlugins]\ncrop_attention=true\nprocessing=true\n[qgis]\ncheckVersion=false\n")
    script = folder / "look.py"
    script.write_text(SCRIPT, encoding="utf-8")
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "PYTHONPATH": sysconfig.get_paths()["purelib"],
        "QGIS_PLUGINPATH": str(plugins_folder),
        "CROP_ATTENTION_FOUND": str(folder / "found.json"),
        "CROP_ATTENTION_PICTURE": str(folder / "dialog.png"),
    }
    environment.pop("QT_QPA_PLATFORM", None)
    command = ["xvfb-run", "-a", "-s", "-screen 0 1280x1024x24", "qgis", "--nologo", "--noversioncheck"]
    command += ["--profiles-path", str(folder / "profiles"), "--code", str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    place = Path(environment["CROP_ATTENTION_FOUND"])
    assert place.exists(), done.stderr[-3000:]
    result = json.loads(place.read_text(encoding="utf-8"))
    assert "error" not in result, result["error"]
    result["picture"] = environment["CROP_ATTENTION_PICTURE"]
    return result


def test_the_plugin_is_on_and_brought_no_torch(found):
    assert found["active"] is True
    assert found["torch"] is False


def test_its_algorithms_are_known_gone_and_known_again(found):
    ids = sorted(f"cropattention:{name}" for name in ALGORITHMS + MODELS)
    assert found["first"] == ids
    assert found["unloaded"] is True
    assert found["gone"] is None
    assert found["left"] == []
    assert found["loaded"] is True
    assert found["again"] == ids


def test_the_toolbox_shows_groups_and_algorithms_with_icons(found):
    for moment in ("toolbox", "toolbox again"):
        [[_, icon, groups]] = found[moment]
        assert icon
        assert {name: sorted(entry[0] for entry in entries) for name, _, entries in groups} == {
            "Crop mapping": [
                *["Attention heatmaps", "Check declarations", "Classify counties", "Classify crops", "Clean map"],
                *["Delineate fields", "Label parcels"],
            ],
            "Ready-made models": [
                *("Check, map, label and assess", "Draw fields, map and clean"),
                *("Train and map", "Weekly update of declarations"),
            ],
            "Series": ["Check series"],
            "Simulation": ["Simulate county"],
            "Training and accuracy": ["Assess accuracy", "Compare maps", "Design sample", "Train checkpoint"],
        }
        assert all(entry[1] for _, _, entries in groups for entry in entries)
    assert found["toolbox gone"] == []


def test_every_dialog_opens_in_a_window_that_has_a_style_of_its_own(found):
    assert found["dialogs"] == found["first"]


def test_the_menu_says_where_to_begin(found):
    assert found["menu"] == found["menu again"] == ["Check series", "Classify crops", "Help", "Set up torch"]
    assert found["menu gone"] == []
    assert any(title.lower().endswith("check series") for title in found["opened"]), found["opened"]


def test_the_dialog_of_the_main_job_opens(found):
    from qgis.PyQt.QtGui import QImage

    # Some versions put the group before the name; where the locale is English, QGIS writes it in title case.
    assert found["dialog"].lower().endswith("classify crops")
    picture = QImage(found["picture"])
    assert picture.width() > 400 and picture.height() > 300
