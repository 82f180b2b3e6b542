"""Serializers of the API of photos. Their keys are a public contract, and the OpenAPI document comes from them."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers as s

from jobs.errors import Refused, field_refusal
from jobs.fields import BodySerializer, Text
from jobs.text import as_uuid
from jobs.wording import quantity
from photos.imaging.formats import FORMATS
from photos.imaging.operations import Step
from photos.kinds.serializers import PHOTOS_HELP, StepSerializer
from photos.library.multipart import FILES_FIELD
from photos.library.near_duplicates import NearDuplicates
from photos.models import Classification, Photo, PhotoSet
from photos.models.filters import NO_SUCH_SET
from photos.models.photo import MAX_CATEGORY_CHARACTERS
from photos.models.recipe import MAX_RECIPE_NAME_CHARACTERS
from photos.recipes.steps import attach_photos, check_steps, photo_ids, require_own_photos


class AsSent(s.Field[Any, Any, Any, Any]):
    """A value as it was sent; the default or None without one. What takes the value refuses it in words of its own."""

    def run_validation(self, data: Any = s.empty) -> Any:
        """The value unchecked."""
        if data is not s.empty:
            return data
        return None if self.default is s.empty else self.get_default()

    def to_representation(self, value: Any) -> Any:
        """The value unchanged."""
        return value


class SparseSerializer(s.Serializer[Any]):
    """Leaves out optional keys whose value is None or false."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The required keys, and the optional ones that tell something."""
        answer = super().to_representation(instance)
        return {name: value for name, value in answer.items() if value or self.fields[name].required}


# ---------------------------------------------------------------- photos


class PhotoSerializer(s.Serializer[Photo]):
    """A photo in the library of a user."""

    id = s.UUIDField(source="uuid")
    name = s.CharField()
    path = s.CharField(help_text="The folder inside the library; empty at its top.")
    set = s.UUIDField(source="set.uuid", help_text="Photos uploaded together have the same set.")
    format = s.CharField()
    width = s.IntegerField(source="file.width", help_text="As shown, upright.")
    height = s.IntegerField(source="file.height", help_text="As shown, upright.")
    pages = s.IntegerField(source="file.pages")
    frames = s.IntegerField(source="file.frames")
    size = s.IntegerField(source="file.size", help_text="Bytes.")
    taken_at = s.DateTimeField(allow_null=True)
    kind = s.CharField()
    category = s.CharField()
    sha256 = s.CharField(source="file.sha256")
    colour = s.CharField(source="file.colour", help_text="The main one, #rrggbb; empty when unknown.")
    duplicate = s.BooleanField(help_text="True when the same bytes were in this library before.")


class CategorySerializer(BodySerializer):
    """A category; an empty one means none."""

    category = Text(max_length=MAX_CATEGORY_CHARACTERS, allow_blank=True)


class CategoryForSeveralSerializer(CategorySerializer):
    """A category, and the photos that are put into it: selected as for a job."""

    photos = s.JSONField(required=False, allow_null=True, help_text=PHOTOS_HELP)
    filter = s.JSONField(required=False, allow_null=True, help_text="The keys of the list of photos.")


class ChangedSerializer(s.Serializer[Any]):
    """How many photos were changed."""

    changed = s.IntegerField()


class ClassificationSerializer(s.Serializer[Classification]):
    """The latest result of the classifiers."""

    kind = s.CharField(source="photo.kind")
    category = s.CharField(help_text="As classified; a user may have set another one.")
    classifier = s.CharField()
    version = s.CharField()
    score = s.FloatField(allow_null=True)
    scores = s.DictField(child=s.FloatField())
    attributes = s.DictField()
    text = s.CharField(source="photo.text.text", default="")
    classified_at = s.DateTimeField()
    corrected_at = s.DateTimeField(source="photo.corrected_at", allow_null=True)


class NearDuplicatesSerializer(s.Serializer[NearDuplicates]):
    """Photos that are nearly the same, the likest first."""

    same_picture = PhotoSerializer(many=True)
    same_shot = PhotoSerializer(many=True)


# ---------------------------------------------------------------- uploads


class PartsField(s.ListField):
    """The parts of an upload with the name of the field, unchecked: names are made safe where files are kept."""

    def get_value(self, dictionary: Any) -> Any:
        """All parts of that name. The base class would look for names like files[0], too."""
        return dictionary.getlist(self.field_name) if dictionary else []

    def run_validation(self, data: Any = s.empty) -> list[Any]:
        """The parts."""
        return list(data)


class FilesField(PartsField):
    """The files of an upload, each an `IncomingFile`."""

    child = s.FileField()

    def run_validation(self, data: Any = s.empty) -> list[Any]:
        """The files. Raises Refused if there are none."""
        if not data:
            raise Refused("No files were sent.", {FILES_FIELD: "Send at least one file."})
        return super().run_validation(data)


@extend_schema_field(OpenApiTypes.UUID)
class SetId(AsSent):
    """The id of a set."""


class UploadSerializer(BodySerializer):
    """The files of an upload."""

    files = FilesField()
    paths = PartsField(child=s.CharField(), required=False)
    set = SetId(required=False, help_text="Add to this set; a new one is made without it.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """`files` as pairs of a file and its path, which may be empty; `set` as the set, or None.

        Raises Refused if there are more or fewer paths than files, or if the user has no such set.
        """
        files, paths = attrs["files"], attrs["paths"] or [""] * len(attrs["files"])
        if len(paths) != len(files):
            raise Refused("Send one path for each file.", {"paths": "Send one path for each file, in the same order."})
        return {"files": list(zip(files, paths, strict=True)), "set": self.find_set(attrs["set"])}

    def find_set(self, sent: str | None) -> PhotoSet | None:
        """The user's set with that id; None without an id. Raises Refused if there is no such set."""
        if not sent:
            return None
        uuid = as_uuid(sent)
        found = PhotoSet.objects.filter(owner=self.context["request"].user, uuid=uuid).first() if uuid else None
        if found is None:
            raise field_refusal("set", NO_SUCH_SET)
        return found


class RejectedSerializer(SparseSerializer):
    """A file that was rejected."""

    name = s.CharField()
    error = s.CharField()
    index = s.IntegerField(help_text="Its place among the files of the request, from 0.")
    again = s.BooleanField(
        source="is_retryable", required=False, help_text="True when the server failed, not the file: send it again."
    )


class UploadedSerializer(SparseSerializer):
    """What became of the files of an upload; `error` only when none was accepted."""

    photos = PhotoSerializer(many=True)
    rejected = RejectedSerializer(many=True)
    error = s.CharField(required=False)

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        """Adds `import`, which is a keyword of Python."""
        job = s.UUIDField(source="job.uuid", required=False, help_text="The job that unpacks the ZIP files.")
        return super().get_fields() | {"import": job}


# ---------------------------------------------------------------- operations, recipes, previews


class OperationSerializer(s.Serializer[Any]):
    """An operation and the JSON Schema of its options."""

    name = s.CharField()
    label = s.CharField()  # type: ignore[assignment]
    help = s.CharField()
    options = s.DictField()


class OperationsSerializer(s.Serializer[Any]):
    """All operations."""

    operations = OperationSerializer(many=True)


@extend_schema_field({"type": "string", "maxLength": MAX_RECIPE_NAME_CHARACTERS})
class RecipeName(AsSent):
    """The name of a recipe: `Recipe` checks it."""


@extend_schema_field(StepSerializer(many=True))
class RecipeSteps(AsSent):
    """The steps of a recipe: `Recipe` checks them, and keeps them as they were sent."""


class RecipeSerializer(BodySerializer):
    """A recipe."""

    id = s.UUIDField(source="uuid", read_only=True)
    name = RecipeName()
    steps = RecipeSteps()
    built_in = s.BooleanField(read_only=True)


@extend_schema_field(OpenApiTypes.UUID)
class PreviewPhotoId(AsSent):
    """The id of the photo that is shown."""

    def run_validation(self, data: Any = s.empty) -> Any:
        """The id unchecked. Raises Refused without one."""
        if data is s.empty:
            raise Refused("Give the id of the photo to preview.", {"photo": "This is needed."})
        return data


class PreviewSteps(RecipeSteps):
    """The steps of a preview; none by default."""

    def run_validation(self, data: Any = s.empty) -> list[Step]:
        """The parsed steps. Raises Refused."""
        return [] if data is s.empty else check_steps(data)


@extend_schema_field({"type": "integer", "minimum": 1})
class PageNumber(AsSent):
    """The number of a page: how many there are is known when the photo is."""


class FormatsField(s.ListField):
    """Names of formats; unknown ones are left out."""

    child = s.CharField()

    def run_validation(self, data: Any = s.empty) -> list[str]:
        """The known names; none for what is no list."""
        return [name for name in data if isinstance(name, str) and name in FORMATS] if isinstance(data, list) else []


class PreviewSerializer(BodySerializer):
    """A photo, and the steps after which it is shown."""

    photo = PreviewPhotoId(help_text="A photo's id.")
    steps = PreviewSteps(required=False)
    page = PageNumber(default=1, help_text="Of a PDF or TIFF; the first page by default.")
    formats = FormatsField(required=False, help_text="Formats of the other photos of the selection.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """`photo` as the photo, `steps` with the files that they need.

        Raises Refused for another user's photo in a step and for a wrong page, Http404 for a missing photo.
        """
        own = Photo.objects.visible_to(self.context["request"].user)
        files = own.files(photo_ids(attrs["steps"]))
        require_own_photos(attrs["steps"], files)
        photo = own.with_id(attrs["photo"])
        if photo is None:
            raise Http404
        require_page(attrs["page"], photo.file.pages)
        return attrs | {"photo": photo, "steps": attach_photos(attrs["steps"], files)}


def require_page(page: object, pages: int) -> None:
    """Raises Refused for anything but a whole number from 1 to `pages`."""
    if not isinstance(page, int) or isinstance(page, bool) or not 1 <= page <= pages:
        sentence = f"This file has {quantity(pages, 'page')}: page must be a whole number from 1 to {pages}."
        raise field_refusal("page", sentence)


# ---------------------------------------------------------------- jobs


class VisionCallsSerializer(s.Serializer[Any]):
    """The calls of a job to a vision model by outcome; tokens where the server reported them."""

    finished = s.IntegerField()
    aborted = s.IntegerField()
    failed = s.IntegerField()
    under_way = s.IntegerField()
    tokens_in = s.IntegerField()
    tokens_out = s.IntegerField()
    never_sent = s.IntegerField(help_text="Files without a call.")
