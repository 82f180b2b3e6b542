"""Addresses of the account pages."""

from django.urls import path

from project.accounts import views

urlpatterns = [
    path("first-start", views.first_start, name="first-start"),
    path("sign-in", views.SignIn.as_view(), name="sign-in"),
    path("sign-out", views.SignOut.as_view(), name="sign-out"),
    path("password", views.Password.as_view(), name="password"),
    path("settings/tokens", views.token_create, name="token-create"),
    path("settings/tokens/<int:pk>/delete", views.token_delete, name="token-delete"),
]
