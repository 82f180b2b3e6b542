"""The catalogue of a job: a contact sheet to look at, and a manifest for programs."""
