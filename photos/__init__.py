"""The product: photos and scanned PDFs, what can be done to them, and the kinds of job that do it.

How work is queued, stopped and counted is the engine's (`jobs`); accounts and settings are the site's (`project`).
"""
