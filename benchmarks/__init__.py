"""Measures the figures that the design promises, for `make bench`: a module for each group."""
