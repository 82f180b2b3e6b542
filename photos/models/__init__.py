"""The tables of the product: photos, files, sets, recipes, texts, and their search.

Nothing here decodes a picture or writes a file.
"""

from photos.models.classification import Classification
from photos.models.defaults import Defaults
from photos.models.file import StoredFile
from photos.models.importing import Import, ImportedFile
from photos.models.likeness import Embedding, Fingerprint
from photos.models.photo import Photo, PhotoSet
from photos.models.recipe import Recipe
from photos.models.text import PhotoText
from photos.models.vision import VisionCall

__all__ = [
    "Classification",
    "Defaults",
    "Embedding",
    "Fingerprint",
    "Import",
    "ImportedFile",
    "Photo",
    "PhotoSet",
    "PhotoText",
    "Recipe",
    "StoredFile",
    "VisionCall",
]
