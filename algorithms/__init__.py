"""One Processing algorithm a file: it declares, validates and delegates."""
