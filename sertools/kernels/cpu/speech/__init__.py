"""Twins of what the speech set measures."""
