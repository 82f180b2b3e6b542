"""What the site answers as a whole: errors, HEAD, parts of pages, health, metrics, the settings page.

Pages about jobs, photos and accounts stand with those.
"""
