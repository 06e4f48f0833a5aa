"""Two maps of one place: what changed, and which of them is better."""
