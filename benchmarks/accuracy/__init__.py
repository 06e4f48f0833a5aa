"""Parts of the accuracy benchmark."""
