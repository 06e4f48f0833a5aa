"""What `pip install .` packs: the folders that run without QGIS, under the name of the package."""

from setuptools import find_packages, setup

FOLDERS = ("cli", "engine", "models")
packages = find_packages(include=[pattern for folder in FOLDERS for pattern in (folder, f"{folder}.*")])
setup(
    packages=["crop_attention", *(f"crop_attention.{name}" for name in packages), "crop_attention.resources"],
    package_dir={"crop_attention": "."},
    package_data={
        "crop_attention": ["metadata.txt", "resources/**/*", "models/checkpoints/*"],
        "crop_attention.engine": ["**/*.csv", "**/*.json"],
        "crop_attention.models": ["checkpoints/*"],
        "crop_attention.resources": ["**/*"],
    },
)
