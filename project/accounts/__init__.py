"""People and their API tokens: first start, sign-in, password.

Access to photos and jobs belongs to their models, in `visible_to`.
"""
