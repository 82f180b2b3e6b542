"""The forms of the account pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm, PasswordChangeForm
from django.contrib.auth.password_validation import MinimumLengthValidator

from project.accounts import first_start
from project.accounts.models import MAX_TOKEN_NAME_CHARACTERS, User

RULES_TEXT = f"At least {MinimumLengthValidator().min_length} characters, not only digits, and not a common password."


class FirstStartForm(BaseUserCreationForm[User]):
    """Name and password of the first account, and the printed code unless the visitor is on this machine."""

    code = forms.CharField(
        label="Code",
        help_text="Stopbath printed it when it started.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    class Meta(BaseUserCreationForm.Meta):
        model = User
        fields = ("username",)

    def __init__(self, *args: Any, from_this_machine: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = "You sign in with it. Letters, digits and @ . + - _"
        self.fields["password1"].help_text = RULES_TEXT
        self.fields["password2"].label, self.fields["password2"].help_text = "Repeat the password", ""
        if from_this_machine:
            del self.fields["code"]

    def validate_password_for_user(self, user: User, *_: Any, **__: Any) -> None:
        """Report the errors of a password at its first field, not at the repeated one."""
        super().validate_password_for_user(user, "password1")  # type: ignore[misc]

    def clean_code(self) -> str:
        """The code. Raises ValidationError unless it is the printed one."""
        code: str = self.cleaned_data["code"]
        if not first_start.is_code_correct(code):
            raise forms.ValidationError("This is not the code that Stopbath printed when it started.")
        return code

    def create(self) -> User:
        """Create the first account. Raises AccountExists."""
        return first_start.create_first_account(self.cleaned_data["username"], self.cleaned_data["password1"])


class PasswordForm(PasswordChangeForm):
    """The old password and, twice, the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = RULES_TEXT
        again = self.fields["new_password2"]
        again.label, again.help_text = "Repeat the new password", ""

    def validate_password_for_user(self, user: User, *_: Any, **__: Any) -> None:
        """Report the errors of a password at its first field, not at the repeated one."""
        super().validate_password_for_user(user, "new_password1")


class TokenForm(forms.Form):
    """The name of a new token, which may be empty."""

    name = forms.CharField(max_length=MAX_TOKEN_NAME_CHARACTERS, required=False)
