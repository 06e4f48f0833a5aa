"""Learners, one file each, the choice between them, and those that a checkpoint is compared with."""
