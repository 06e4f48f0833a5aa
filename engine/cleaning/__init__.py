"""A crop map made ready for use: smoothed, joined, sieved, and left open where it is uncertain."""
