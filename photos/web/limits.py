"""The longest texts that the fields of the forms accept, from the modules that check them."""

from typing import Final

from jobs.kinds import MAX_TITLE_CHARACTERS
from photos.kinds.delivery import MAX_FOLDER_CHARACTERS
from photos.models.filters import MAX_VALUE_CHARACTERS
from photos.models.photo import MAX_CATEGORY_CHARACTERS
from photos.models.recipe import MAX_RECIPE_NAME_CHARACTERS

MAX_CHARACTERS: Final = {
    "category": MAX_CATEGORY_CHARACTERS,
    "filter": MAX_VALUE_CHARACTERS,
    "folder": MAX_FOLDER_CHARACTERS,
    "recipe": MAX_RECIPE_NAME_CHARACTERS,
    "title": MAX_TITLE_CHARACTERS,
}
