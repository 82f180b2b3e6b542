"""Fragments of pages: htmx fetches them from the address of their page, or from an address of their own."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_vary_headers


class FragmentMiddleware:
    """Keeps fragments out of the browser's cache, from which the Back button and restored tabs show pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request", "HX-Target"])
        if request.htmx:  # type: ignore[attr-defined]
            add_never_cache_headers(response)
        return response
