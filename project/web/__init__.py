"""Answers of the whole site: errors, HEAD, parts of pages, health, metrics, the settings page.

Pages about jobs, photos and accounts belong to `jobs.web`, `photos.web` and `project.accounts`.
"""
