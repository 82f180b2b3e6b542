"""The pages about jobs and the forms on them: each view finds the job, calls one verb and redirects.

JSON is `jobs.api`; what a kind shows of its own stands in that kind's templates.
"""
