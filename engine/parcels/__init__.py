"""Raster classes and polygons to one label a parcel."""
