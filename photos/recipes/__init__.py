"""Lists of steps as people keep and share them: the check of a list, and the built-in recipes.

The table of recipes is in `photos.models`; what a step does is in `photos.imaging.operations`.
"""
