"""The settings that a user's new jobs begin with."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class Defaults(models.Model):
    """What the new-job window shows when it opens; without a recipe, the steps of the last job."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="defaults"
    )
    recipe = models.ForeignKey("photos.Recipe", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    classify = models.BooleanField(default=False)
    catalogue = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"defaults of {self.owner}"

    @classmethod
    def for_user(cls, user: Any) -> Defaults:
        """The saved defaults of a user, or an unsaved row with the field defaults."""
        return cls.objects.select_related("recipe").filter(pk=user.pk).first() or cls(owner=user)
