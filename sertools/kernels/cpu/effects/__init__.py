"""Twins of effects for the CPU."""
