"""The grounds of the comparison: simulated counties, real points, PASTIS."""
