"""Asks the operator's vision model about a photo; a stop ends the call, and each call leaves a record."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.conf import settings

from jobs.errors import MAX_ERROR_CHARACTERS, ItemFailed, PassingFault
from jobs.models import Job
from jobs.stop import Stop, Stopped
from jobs.work import Work
from jobs.worker.abortable import run_abortable
from photos.classification import vision
from photos.classification.decision import Decision
from photos.classification.groups import GROUPS
from photos.classification.vision import RESPONSE_FORMATS, Answer, Endpoint, ResponseFormatRefused, VisionFailed
from photos.models import Photo, VisionCall
from photos.models.vision import MAX_MODEL_CHARACTERS

IMAGE_SIDE_PIXELS = 1024  # longer edge of the picture that is sent
MAX_OWN_CATEGORIES = 60
EXTRA_CATEGORIES = ("people", "documents", "drawings", "screenshots")  # the network has no names for these

response_formats: dict[str, str] = {}  # address → a format that its server accepts


def configured_endpoint() -> Endpoint | None:
    """The endpoint of the vision model from the settings; None without one."""
    if not settings.STOPBATH_VISION_URL:
        return None
    return Endpoint(settings.STOPBATH_VISION_URL, settings.STOPBATH_VISION_MODEL, settings.STOPBATH_VISION_KEY)


def category_choices(owner_id: int | None) -> list[str]:
    """The categories that the model may choose from: the user's own, and those of the built-in network."""
    corrected = Photo.objects.filter(owner_id=owner_id, corrected_at__isnull=False).exclude(category="")
    own = corrected.order_by("category").values_list("category", flat=True).distinct()[:MAX_OWN_CATEGORIES]
    return list(dict.fromkeys([*own, *GROUPS, *EXTRA_CATEGORIES]))


def classify_picture(
    job: Job, work: Work, endpoint: Endpoint, picture: bytes, words: Sequence[str], stop: Stop
) -> Decision:
    """The model's decision about a JPEG. Raises Stopped, PassingFault or ItemFailed."""
    while True:
        response_format = response_formats.get(endpoint.address, RESPONSE_FORMATS[0])
        try:
            answer = call_model(
                job, work, endpoint, partial(vision.ask, endpoint, picture, words, response_format), stop
            )
        except ResponseFormatRefused:
            # The last format is never refused, so there is always a next one.
            response_formats[endpoint.address] = RESPONSE_FORMATS[RESPONSE_FORMATS.index(response_format) + 1]
        except VisionFailed as failure:
            raise (
                PassingFault(str(failure), failure.retry_after_seconds)
                if failure.is_transient
                else ItemFailed(str(failure))
            ) from failure
        else:
            choice = vision.parse_answer(answer.text, words)
            return Decision(
                choice.category, choice.confidence, vision.CLASSIFIER, endpoint.model[:MAX_MODEL_CHARACTERS]
            )


def call_model(job: Job, work: Work, endpoint: Endpoint, ask: partial[Any], stop: Stop) -> Answer:
    """Call the model once. The record is committed before anything is sent, so that a killed worker leaves it behind.

    Raises Stopped, VisionFailed or ResponseFormatRefused.
    """
    stop.check()
    record = VisionCall.objects.create(job=job, position=work.position, model=endpoint.model[:MAX_MODEL_CHARACTERS])
    try:
        answer: Answer = run_abortable(ask, stop)
    except Stopped:
        record.end(VisionCall.ABORTED)
        raise
    except (VisionFailed, ResponseFormatRefused) as error:
        reason = str(error) or "The model does not support this kind of request"
        record.end(VisionCall.FAILED, error=reason[:MAX_ERROR_CHARACTERS])
        raise
    record.end(VisionCall.FINISHED, tokens_in=answer.tokens_in, tokens_out=answer.tokens_out)
    return answer
