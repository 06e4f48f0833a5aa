"""The training tool: on simulated counties, and beside plain learners."""
