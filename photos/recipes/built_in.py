"""The recipes that everybody has. Each upgrade brings them as they are here, so nobody changes them: a copy is free."""

from typing import Any, NamedTuple
from uuid import UUID

from django.apps import AppConfig
from django.db.models import QuerySet

from photos.imaging.ocr.reading import is_installed


class BuiltIn(NamedTuple):
    """A recipe of ours; its id never changes."""

    id: str
    name: str
    steps: list[dict[str, Any]]


def step(operation: str, **options: Any) -> dict[str, Any]:
    """A step as it is kept."""
    return {"operation": operation, "options": options}


BUILT_IN = (
    BuiltIn(
        "01a1fce6-1751-7569-b3d1-71ed6046b5d9",
        "Web gallery",
        [
            step("resize", longest_edge=2048),
            step("convert", format="jpeg", quality=82, progressive=True),
            step("strip-metadata", keep=["copyright"]),
        ],
    ),
    BuiltIn(
        "01a1fce6-1763-706e-aa6b-367887b7f43b",
        "E-mail",
        [step("resize", longest_edge=1600), step("convert", format="jpeg"), step("target-size", kilobytes=500)],
    ),
    BuiltIn("01a1fce6-177e-76da-9abb-b818974936b1", "Archive master", [step("convert", format="tiff")]),
    BuiltIn(
        "01a1fce6-1793-76c1-8612-5cfe92594569",
        "Scan to PDF",
        [
            step("deskew"),
            step("trim", remove="dark"),
            step("convert", format="pdf", **({"text": True} if is_installed() else {})),
        ],
    ),
    BuiltIn("01a1fce6-17a7-730d-80d8-b1264735751f", "Privacy: no metadata", [step("strip-metadata", keep=["profile"])]),
)


def bring(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Write them into the database after each upgrade."""
    recipes: QuerySet[Any] = sender.get_model("Recipe")._default_manager.using(using)
    for recipe in BUILT_IN:
        recipes.update_or_create(
            uuid=UUID(recipe.id), defaults={"owner": None, "name": recipe.name, "steps": recipe.steps}
        )
    recipes.filter(owner=None).exclude(uuid__in=[recipe.id for recipe in BUILT_IN]).delete()
