"""A copy of the installation in one file, and the way back from it."""
