"""People and their API tokens: first start, sign-in, password.

Who may see a photo or a job is decided where those are, by `visible_to`.
"""
