"""The account pages: first start, sign in and out, password, API tokens."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import login, views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from jobs.wording import too_long
from project.accounts.first_start import AccountExists, is_from_this_machine
from project.accounts.forms import FirstStartForm, PasswordForm, TokenForm
from project.accounts.models import MAX_TOKEN_NAME_CHARACTERS, Token, User

AUTH_BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def first_start(request: HttpRequest) -> HttpResponse:
    """Create the first account and sign in with it; redirects to the library once there is an account."""
    if not User.has_no_accounts():
        return redirect("library")
    form = FirstStartForm(request.POST or None, from_this_machine=is_from_this_machine(request))
    if not form.is_valid():
        return render(request, "accounts/first-start.html", {"form": form})
    try:
        login(request, form.create(), backend=AUTH_BACKEND)
    except AccountExists:
        messages.warning(
            request, "The first account has just been created by somebody else. Sign in with your own account."
        )
    return redirect("library")


class SignIn(views.LoginView):
    """Sign in; `next` is followed only to addresses of this site."""

    template_name = "accounts/sign-in.html"
    redirect_authenticated_user = True

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """The address in `next`; empty for the sign-in itself, which would redirect to itself for ever."""
        address: str = super().get_redirect_url(request)
        return "" if urlsplit(address).path == self.request.path else address


class SignOut(views.LogoutView):
    """Sign out, by POST only."""


class Password(views.PasswordChangeView):
    """Change the own password; this session stays signed in, all others end."""

    form_class = PasswordForm
    template_name = "accounts/password.html"
    success_url = reverse_lazy("settings")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "The password was changed.")
        return super().form_valid(form)


@require_POST
@login_required
def token_create(request: HttpRequest) -> HttpResponse:
    """Create an API token; the settings page shows its key once."""
    form = TokenForm(request.POST)
    if form.is_valid():
        _, request.session["new_token"] = Token.make(signed_in_user(request), form.cleaned_data["name"])
    else:
        messages.error(request, too_long("The name of a token", MAX_TOKEN_NAME_CHARACTERS))
    return redirect("settings")


@require_POST
@login_required
def token_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete an own API token: programs that use it are refused from then on."""
    get_object_or_404(Token, pk=pk, owner=signed_in_user(request)).delete()
    messages.success(request, "The token was deleted.")
    return redirect("settings")


def signed_in_user(request: HttpRequest) -> User:
    """The user of a request behind `login_required`, typed. Raises TypeError for an anonymous user."""
    if not isinstance(request.user, User):
        raise TypeError("Only for views that ask for a signed-in person.")
    return request.user
