"""The built-in recipes. Each upgrade restores them, so users can copy them but not change them."""

from typing import Any, NamedTuple
from uuid import UUID

from django.apps import AppConfig
from django.db.models import QuerySet

from photos.imaging.ocr.reading import is_installed


class BuiltInRecipe(NamedTuple):
    """A built-in recipe; its id never changes."""

    id: str
    name: str
    steps: list[dict[str, Any]]


def build_step(operation: str, **options: Any) -> dict[str, Any]:
    return {"operation": operation, "options": options}


BUILT_IN_RECIPES = (
    BuiltInRecipe(
        "01a1fce6-1751-7569-b3d1-71ed6046b5d9",
        "Web gallery",
        [
            build_step("resize", longest_edge=2048),
            build_step("convert", format="jpeg", quality=82, progressive=True),
            build_step("strip-metadata", keep=["copyright"]),
        ],
    ),
    BuiltInRecipe(
        "01a1fce6-1763-706e-aa6b-367887b7f43b",
        "E-mail",
        [
            build_step("resize", longest_edge=1600),
            build_step("convert", format="jpeg"),
            build_step("target-size", kilobytes=500),
        ],
    ),
    BuiltInRecipe("01a1fce6-177e-76da-9abb-b818974936b1", "Archive master", [build_step("convert", format="tiff")]),
    BuiltInRecipe(
        "01a1fce6-1793-76c1-8612-5cfe92594569",
        "Scan to PDF",
        [
            build_step("deskew"),
            build_step("trim", remove="dark"),
            build_step("convert", format="pdf", **({"text": True} if is_installed() else {})),
        ],
    ),
    BuiltInRecipe(
        "01a1fce6-17a7-730d-80d8-b1264735751f", "Privacy: no metadata", [build_step("strip-metadata", keep=["profile"])]
    ),
)


def save_built_in_recipes(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Write the built-in recipes into the database after each migrate, and delete those of earlier versions.

    A receiver of `post_migrate`.
    """
    recipes: QuerySet[Any] = sender.get_model("Recipe")._default_manager.using(using)
    for recipe in BUILT_IN_RECIPES:
        recipes.update_or_create(
            uuid=UUID(recipe.id), defaults={"owner": None, "name": recipe.name, "steps": recipe.steps}
        )
    recipes.filter(owner=None).exclude(uuid__in=[recipe.id for recipe in BUILT_IN_RECIPES]).delete()
