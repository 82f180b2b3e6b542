"""What an output is called, where a step of its job says so."""

from collections.abc import Sequence

from django.utils.timezone import localtime

from photos.imaging.formats import EXTENSIONS
from photos.imaging.formats.metadata import templates
from photos.imaging.operations import Step
from photos.imaging.pipeline import OutputFile
from photos.models import Photo
from photos.outputs import naming


def name_output(photo: Photo, made: OutputFile, steps: Sequence[Step], position: int) -> dict[str, str]:
    """Folder and name of an output by the last template among the steps; nothing without one."""
    templates = filter(None, (step.operation.template(step.options) for step in reversed(steps)))
    template = next(templates, None)
    if template is None:
        return {}
    path, name = naming.fill_name(template, collect_facts(template, photo, made, position))
    return {"path": path, "name": name}


def collect_facts(template: str, photo: Photo, made: OutputFile, position: int) -> naming.OutputFacts:
    """What a template can say about an output; what it does not ask for is not looked up."""
    return naming.OutputFacts(
        name=photo.name,
        folder=photo.path,
        taken=photo.taken or localtime(photo.added_at),
        uploaded=localtime(photo.set.created_at if templates.has_field(template, "set") else photo.added_at),
        position=position,
        camera=photo.file.camera,
        extension=EXTENSIONS[made.format],
        width=made.width,
        height=made.height,
    )
