"""Parts of the speed table."""
