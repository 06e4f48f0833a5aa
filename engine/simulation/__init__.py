"""A county that never was: fields, phenology, weather, Sentinel-1 and Sentinel-2."""
