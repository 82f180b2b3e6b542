"""`/metrics`, in the text format of Prometheus."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from jobs.metrics import EngineCollector
from project.accounts.authentication import TokenAuthentication
from project.accounts.first_start import is_from_this_machine

registry = CollectorRegistry(auto_describe=False)
registry.register(EngineCollector())


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for this machine or with the token of a staff member."""
    if not (is_from_this_machine(request) or has_staff_token(request)):
        return HttpResponse("Only from this machine, or with the token of a staff member.\n", "text/plain", status=403)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def has_staff_token(request: HttpRequest) -> bool:
    """Whether the request carries the token of a staff member."""
    try:
        credentials = TokenAuthentication().authenticate(Request(request))
    except AuthenticationFailed:
        return False
    return credentials is not None and credentials[0].is_staff
