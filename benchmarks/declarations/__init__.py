"""Declared crops changed on purpose: how many changes are found, how many correct declarations turn red."""
