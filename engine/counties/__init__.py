"""Many counties: planned, run by an executor, resumed, summed up."""
