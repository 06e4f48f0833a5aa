"""What the numbers mean: unit, scale, offset, season and grid, settled before a run."""
