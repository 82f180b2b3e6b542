"""The pages about jobs and the forms on them: each view finds the job, calls one verb and redirects.

JSON belongs to `jobs.api`; details of a kind belong to the templates of the kind.
"""
