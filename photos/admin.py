"""The admin of photos and recipes: it shows and deletes them, and changes nothing."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from photos.models import Photo, Recipe
from photos.models.filters import FORMATS


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows everything, changes nothing; deleting is allowed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FormatFilter(admin.SimpleListFilter):
    """The fixed list of formats: Django's own filter would query all rows for theirs."""

    title = parameter_name = "format"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name.upper()) for name in FORMATS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Photo]) -> QuerySet[Photo]:
        return queryset.filter(format=self.value()) if self.value() in FORMATS else queryset


@admin.register(Photo)
class PhotoAdmin(ReadOnlyAdmin):
    """The photos of all users."""

    list_display = ("name", "path", "owner", "format", "kind", "category", "size", "taken_at", "added_at")
    # No date_hierarchy: it would search all rows for years, months and days.
    list_filter = (FormatFilter, "kind", "added_at", "owner")
    search_fields = ("name", "path", "file__sha256", "uuid")
    ordering = ("-id",)
    list_select_related = ("owner", "file")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        photos: QuerySet[Photo] = super().get_queryset(request).select_related("owner", "file", "set")
        return photos

    def delete_model(self, request: HttpRequest, obj: Photo) -> None:
        """Delete through the queryset, which releases the files."""
        Photo.objects.filter(pk=obj.pk).remove()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete through a queryset without joins, which locks and releases the files in batches."""
        Photo.objects.filter(pk__in=queryset.values("pk")).remove()

    @admin.display(description="bytes", ordering="file__size")
    def size(self, photo: Photo) -> int:
        return photo.file.size


@admin.register(Recipe)
class RecipeAdmin(ReadOnlyAdmin):
    """The recipes of all users."""

    list_display = ("name", "owner", "steps", "changed_at")
    list_filter = ("owner",)
    search_fields = ("name", "uuid")
    ordering = ("-id",)
    list_select_related = ("owner",)
