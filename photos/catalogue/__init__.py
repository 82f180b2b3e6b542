"""The catalogue of a job: contact sheets as HTML and PDF, and the records and tables of manifests.

Downloads and folders of results belong to `photos.outputs`; the phase that builds a catalogue to `photos.kinds`.
"""
