"""The REST API of jobs: each view finds the job, calls one verb and serializes what came of it.

Rules about jobs belong to `jobs.models`; addresses of what a kind works on to the app that has the kind.
"""
