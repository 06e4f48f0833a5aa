"""One file a job: a frozen request, one function, one result; the only part of the engine that front ends run."""
