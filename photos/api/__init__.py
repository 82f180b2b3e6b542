"""The REST API of photos, recipes, previews and results.

Each view finds its object, calls one verb and serializes the result; rules belong to models, library and outputs.
"""
