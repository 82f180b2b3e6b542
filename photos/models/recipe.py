"""Saved lists of steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from jobs.errors import Refused, field_refusal
from jobs.text import as_uuid
from photos.imaging.operations import Step, all_operations
from photos.models.filters import is_encodable
from photos.recipes.steps import check_steps

MAX_RECIPES = 1000
MAX_RECIPE_NAME_CHARACTERS = 100


class RecipeQuerySet(models.QuerySet["Recipe"]):
    """The queries of the API and a submit."""

    def visible_to(self, user: Any) -> RecipeQuerySet:
        """The user's own recipes and the built-in ones."""
        return self.filter(Q(owner_id=user.pk) | Q(owner=None)) if user.pk else self.none()

    def own_first(self) -> RecipeQuerySet:
        """Users' own recipes before the built-in ones, the newest first of either."""
        # nulls_last explicitly: SQLite sorts NULL before all numbers, PostgreSQL behind them.
        return self.order_by(F("owner").asc(nulls_last=True), "-id")

    def with_id(self, uuid: object) -> Recipe | None:
        """The recipe with that id; None if there is none, or if the id is no UUID."""
        parsed = as_uuid(uuid)
        return self.filter(uuid=parsed).first() if parsed else None

    def with_steps(self, steps: Sequence[Step]) -> Recipe | None:
        """The recipe with these steps and options, defaults included; an own one before a built-in one."""
        names = [step.operation.name for step in steps]
        for recipe in self.own_first():
            if [step["operation"] for step in recipe.steps] == names and recipe.has_steps(steps):
                return recipe
        return None


class Recipe(models.Model):
    """A list of steps under a name."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.ForeignKey(  # null: built in
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="recipes"
    )
    name = models.CharField(max_length=MAX_RECIPE_NAME_CHARACTERS)
    steps = models.JSONField()  # [{"operation": …, "options": {…}}]
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = RecipeQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("owner", "-id"), name="recipe_newest"),)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def keep(cls, owner: Any, name: object, steps: object) -> Recipe:
        """Create a recipe. Raises Refused for an invalid name or invalid steps, and for more than `MAX_RECIPES`."""
        facts = {"name": clean_name(name), "steps": clean_steps(steps)}
        if cls.objects.filter(owner=owner).count() >= MAX_RECIPES:
            raise Refused(f"There may be at most {MAX_RECIPES} recipes: delete one first.")
        return cls.objects.create(owner=owner, **facts)

    def replace(self, name: object, steps: object) -> None:
        """Replace name and steps; jobs that ran with the recipe keep the steps that they had. Raises Refused."""
        self.name, self.steps = clean_name(name), clean_steps(steps)
        self.save()

    @property
    def in_words(self) -> str:
        """The steps as text: "Resize (longest edge 1600), Strip metadata"."""
        return ", ".join(map(describe_step, self.steps))

    def has_steps(self, steps: Sequence[Step]) -> bool:
        """Whether the recipe has these steps; False for a recipe of an earlier version that is no longer valid."""
        try:
            return [step.options for step in check_steps(self.steps)] == [step.options for step in steps]
        except Refused:
            return False

    @property
    def built_in(self) -> bool:
        """Whether Stopbath brought the recipe: all users see it, none can change it."""
        return self.owner_id is None


def clean_name(name: object) -> str:
    """The name without surrounding spaces. Raises Refused unless it has 1 to `MAX_RECIPE_NAME_CHARACTERS`."""
    text = name.strip() if isinstance(name, str) else ""
    if not text or len(text) > MAX_RECIPE_NAME_CHARACTERS or "\0" in text or not is_encodable(text):
        raise field_refusal("name", f"A recipe needs a name of 1 to {MAX_RECIPE_NAME_CHARACTERS} characters.")
    return text


def clean_steps(steps: object) -> list[Any]:
    """The steps, unchanged. Raises Refused if one is invalid or there are none."""
    if not check_steps(steps) or not isinstance(steps, list):
        raise field_refusal("steps", "A recipe needs at least one step.")
    return steps


VALUE_DESCRIPTIONS: dict[str, Callable[[Any], str]] = {
    "format": lambda value: str(value).upper(),
    "kilobytes": lambda value: f"{value} KB",
}


def describe_step(step: dict[str, Any]) -> str:
    """A step as text: its label, and the given options in the order of the form."""
    operations = {operation.name: operation for operation in all_operations()}
    operation, options = operations.get(step["operation"]), step.get("options", {})
    if operation is None:
        return str(step["operation"])
    descriptions = [
        describe_option(name, options[name]) for name in operation.schema()["properties"] if name in options
    ]
    return f"{operation.label} ({', '.join(descriptions)})" if descriptions else operation.label


def describe_option(name: str, value: Any) -> str:
    """An option as text: "longest edge 1600", "JPEG", "progressive", "keep copyright and profile"."""
    if name in VALUE_DESCRIPTIONS:
        return VALUE_DESCRIPTIONS[name](value)
    words = name.replace("_", " ")
    if isinstance(value, bool):
        return words if value else f"not {words}"
    return f"{words} {' and '.join(map(str, value)) or 'nothing' if isinstance(value, list) else value}"
