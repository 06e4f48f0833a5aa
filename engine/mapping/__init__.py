"""Tiles through the network to rasters."""
