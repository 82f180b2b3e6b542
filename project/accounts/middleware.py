"""Answers to visitors who are not signed in: before there is an account, and after a session has ended."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from project.accounts.models import User
from project.paths import JSON_PATHS

NON_PAGE_PREFIXES = (*JSON_PATHS, "/static/")


class FirstStartMiddleware:
    """Redirects pages to the first start until there is an account; later requests skip the query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.account_seen = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.account_seen and self.is_page(request.path_info):
            self.account_seen = not User.has_no_accounts()
            if not self.account_seen:
                return redirect("first-start")
        return self.get_response(request)

    def is_page(self, path: str) -> bool:
        """Whether the address is a page other than the first start itself."""
        return not path.startswith(NON_PAGE_PREFIXES) and path != reverse("first-start")


class SignedOutMiddleware:
    """Warns that a form sent after the end of a session changed nothing, and returns to the page of the form.

    The sign-in redirects by GET, which the address of a form does not answer. Scripts and htmx get a 401: the sign-in
    page is no fragment of another page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not is_sign_in_redirect(response):
            return response
        if request.htmx or not request.accepts("text/html"):  # type: ignore[attr-defined]
            return JsonResponse({"error": "You are signed out."}, status=401)
        if request.method != "POST":
            return response
        messages.warning(request, "You were signed out: nothing was changed.")
        return redirect_to_login(form_page(request))


def is_sign_in_redirect(response: HttpResponse) -> bool:
    """Whether the response is the redirect of `login_required` to the sign-in."""
    if not isinstance(response, HttpResponseRedirect):
        return False
    address = urlsplit(response.url)
    return address.path == reverse("sign-in") and REDIRECT_FIELD_NAME in QueryDict(address.query)


def form_page(request: HttpRequest) -> str:
    """The address of the page with the form, from the Referer; the library for other sites or none."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return reverse("library")
    return urlsplit(page)._replace(scheme="", netloc="", fragment="").geturl()
