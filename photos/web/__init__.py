"""The pages of the library and of recipes, and the forms on them.

Each view finds its object, calls one verb and redirects; JSON is `photos.api`.
"""
