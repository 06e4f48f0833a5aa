"""The drawings of the reports as SVG, one file a subject, from the shapes of `svg.py`."""
