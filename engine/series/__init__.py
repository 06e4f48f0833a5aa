"""Files on disk to a masked cube on a season's calendar, window by window."""
