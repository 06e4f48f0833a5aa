"""Where counties are classified: in this process, in processes beside it, or on a Dask cluster."""
