"""The REST API of jobs: each view finds the job, calls one verb and serializes the result.

Rules about jobs belong to `jobs.models`; the API of what the items are belongs to the app that registers the kind.
"""
