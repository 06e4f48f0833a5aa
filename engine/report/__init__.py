"""One self-contained HTML file that says what was found, what was decided, and how far to trust it."""
