"""Simulated fields held against real ones: points, distances, a forest's two-way test, drawings."""
