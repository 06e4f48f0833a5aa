"""A map held against a reference: confusion matrix, scores with intervals, error-adjusted areas."""
