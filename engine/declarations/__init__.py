"""Declared crops held against what a map shows: evidence, lights and a worklist."""
