"""What the numbers mean: unit, scale, offset, season and grid, decided before a run."""
