"""Attention-3DCNN in plain NumPy: the form that maps on every CPU, with what QGIS brings and nothing else."""
