"""The library in the back office: to look at and to clean up, not to edit."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from photos.models import Photo, Recipe
from photos.models.filters import FORMATS


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows everything, changes nothing; deleting is allowed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Photos come by upload, recipes by their owners."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What people have is theirs."""
        return False


class FormatFilter(admin.SimpleListFilter):
    """The formats there are, without looking for them in all rows."""

    title = parameter_name = "format"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """As they are named everywhere."""
        return [(name, name.upper()) for name in FORMATS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Photo]) -> QuerySet[Photo]:
        """The photos of the chosen one."""
        return queryset.filter(format=self.value()) if self.value() in FORMATS else queryset


@admin.register(Photo)
class PhotoAdmin(ReadOnlyAdmin):
    """All photos of everybody."""

    list_display = ("name", "path", "owner", "format", "kind", "category", "size", "taken_at", "added_at")
    # No date_hierarchy: its years, months and days would be looked for in all rows.
    list_filter = (FormatFilter, "kind", "added_at", "owner")
    search_fields = ("name", "path", "file__sha256", "uuid")
    ordering = ("-id",)
    list_select_related = ("owner", "file")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        """Photos with what their columns need."""
        found: QuerySet[Photo] = super().get_queryset(request).select_related("owner", "file", "set")
        return found

    def delete_model(self, request: HttpRequest, obj: Photo) -> None:
        """Delete one."""
        Photo.objects.filter(pk=obj.pk).remove()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete several."""
        Photo.objects.filter(pk__in=queryset.values("pk")).remove()

    @admin.display(description="bytes", ordering="file__size")
    def size(self, photo: Photo) -> int:
        """The size of the original."""
        return photo.file.size


@admin.register(Recipe)
class RecipeAdmin(ReadOnlyAdmin):
    """All recipes of everybody."""

    list_display = ("name", "owner", "steps", "changed_at")
    list_filter = ("owner",)
    search_fields = ("name", "uuid")
    ordering = ("-id",)
    list_select_related = ("owner",)
