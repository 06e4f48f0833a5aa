"""Faults, and whether a run survives them."""
