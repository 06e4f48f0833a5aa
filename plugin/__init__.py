"""What QGIS loads and unloads."""
