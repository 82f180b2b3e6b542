"""Colour spaces, profiles and their conversions, for all formats.

What one format alone knows of colours, such as the photometric tags of TIFF, belongs to that format.
"""
