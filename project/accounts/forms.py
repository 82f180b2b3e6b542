"""The forms of the account pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm

from project.accounts import first_start
from project.accounts.models import User


class FirstStartForm(BaseUserCreationForm[User]):
    """Name and password of the first account, and the printed code for a visitor from elsewhere."""

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
        if from_this_machine:
            del self.fields["code"]

    def clean_code(self) -> str:
        """The code, when it is the printed one."""
        code: str = self.cleaned_data["code"]
        if not first_start.code_fits(code):
            raise forms.ValidationError("This is not the code that Stopbath printed when it started.")
        return code

    def create(self) -> User:
        """Make the first account. Raises TooLate when there is one already."""
        return first_start.create_first_account(self.cleaned_data["username"], self.cleaned_data["password1"])


class TokenForm(forms.Form):
    """What a person calls a new token; may be left empty."""

    name = forms.CharField(max_length=100, required=False)
