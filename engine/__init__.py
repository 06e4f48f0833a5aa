"""The work, free of QGIS: numpy, GDAL and torch."""
