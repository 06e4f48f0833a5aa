"""A QGIS whose Python has no torch, safetensors or scipy still loads the plugin and can be told what to install."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import json, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "safetensors", "scipy", "skimage"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocked())
from qgis.core import QgsApplication, QgsProcessingContext
application = QgsApplication([], False)
application.initQgis()
import crop_attention
from crop_attention.algorithms import torch_check
torch_check.find_spec = lambda name: None
plugin = crop_attention.classFactory(None)
plugin.initProcessing()
registry = QgsApplication.processingRegistry()
said = {"ids": sorted(entry.id() for entry in registry.providerById("cropattention").algorithms())}
for name in ("classifycrops", "checkseries", "simulatecounty", "mapandassess", "trainandmap"):
    values = {"S2_FOLDER": sys.argv[1], "CROP_MAP": "map.tif", "OUTPUT_FOLDER": "county"}
    algorithm = registry.createAlgorithmById("cropattention:" + name)
    said[name] = algorithm.checkParameterValues(values, QgsProcessingContext())[1]
plugin.unload()
print(json.dumps(said))
"""


def test_provider_is_listed_and_each_algorithm_says_what_it_needs(tmp_path):
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert {"cropattention:classifycrops", "cropattention:mapandassess"} <= set(said["ids"])
    # Mapping needs no package: what is refused there is the empty folder.
    for name in ("classifycrops", "checkseries", "mapandassess"):
        assert "missing)" not in said[name] and "pip install" not in said[name], name
    assert "(scipy missing)" in said["simulatecounty"]
    assert "(torch missing)" in said["trainandmap"] and "Set up torch" in said["trainandmap"]
    for name in ("simulatecounty", "trainandmap"):
        assert "-m pip install" in said[name]
        assert "numpy==" in said[name]
