"""What is known of each distributor's files, one JSON record each; an analyst's own records have the same form."""
