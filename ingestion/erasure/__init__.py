"""Erasing a person: who it is, what of them is stored, and which files hold it besides the warehouse."""
