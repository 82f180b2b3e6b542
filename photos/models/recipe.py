"""Saved lists of steps."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from photos.ids import as_uuid


class RecipeQuerySet(models.QuerySet["Recipe"]):
    """The questions that the API and a submit ask."""

    def visible_to(self, user: Any) -> RecipeQuerySet:
        """The person's own recipes and the built-in ones."""
        return self.filter(Q(owner_id=user.pk) | Q(owner=None)) if user.pk else self.none()

    def with_id(self, uuid: object) -> Recipe | None:
        """The recipe with that id; None when there is none or it is no UUID at all."""
        known = as_uuid(uuid)
        return self.filter(uuid=known).first() if known else None


class Recipe(models.Model):
    """A list of steps under a name."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.ForeignKey(  # nobody owns the built-in ones
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="recipes"
    )
    name = models.CharField(max_length=100)
    steps = models.JSONField()  # [{"operation": …, "options": {…}}]
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = RecipeQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("owner", "-id"), name="recipe_newest"),)

    def __str__(self) -> str:
        return self.name

    @property
    def built_in(self) -> bool:
        """Whether it came with Stopbath: everybody uses it, nobody changes it."""
        return self.owner_id is None
