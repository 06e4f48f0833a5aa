"""Parts that the sources of training data share."""
