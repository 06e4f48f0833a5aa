"""Files on disk: which there are, what their headers say, where they lie."""
