"""Colour spaces, profiles and their conversions, for all formats.

Colours of a single format, such as the photometric tags of TIFF, belong to that format.
"""
