"""Measures what the design promises: `make bench`. One module for each group of figures."""
