"""Arithmetic on pixels for several operations: tones, marks, neighbourhoods.

Options and names belong to the file of the operation.
"""
