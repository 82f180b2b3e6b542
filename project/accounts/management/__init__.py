"""The command `token`.

Tokens themselves belong to `project.accounts.models`.
"""
