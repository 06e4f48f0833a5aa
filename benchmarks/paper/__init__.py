"""The comparison of the paper: systems, sites, experiments and their report."""
