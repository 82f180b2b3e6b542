"""Template filters and tags for pages about jobs: numbers, kinds, sentences of scripts.

Sentences for several doors belong to `jobs.wording`; queries belong to `jobs.models`.
"""
