"""The same work from a terminal, without QGIS."""
