"""Labelled samples to a checkpoint."""
