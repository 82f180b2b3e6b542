"""Recipes: the check of a list of steps, and the built-in recipes.

The table of recipes belongs to `photos.models`; the operations belong to `photos.imaging.operations`.
"""
