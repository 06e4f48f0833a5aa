"""Acquisitions read window by window into a masked cube on the grid."""
