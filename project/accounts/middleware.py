"""Leads every page to the first start until there is an account."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from project.accounts.models import User

NOT_PAGES = ("/api/", "/healthz", "/metrics", "/static/")


class FirstStartMiddleware:
    """Redirects pages to the first start; asks the database no more once it has seen an account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.account_seen = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.account_seen and self.is_page(request.path_info):
            self.account_seen = not User.nobody_yet()
            if not self.account_seen:
                return redirect("first-start")
        return self.get_response(request)

    def is_page(self, path: str) -> bool:
        """Whether a person would look at this address; the first start itself is not led anywhere."""
        return not path.startswith(NOT_PAGES) and path != reverse("first-start")
