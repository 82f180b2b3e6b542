"""Arithmetic on pixels that several operations share: tones, marks, neighbourhoods.

No options and no names: an operation's own file has those.
"""
