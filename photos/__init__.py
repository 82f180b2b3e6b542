"""The product: photos and scanned PDFs, operations on them, and the kinds of job.

Queueing, cancelling and counting belong to the engine (`jobs`); accounts and settings belong to the site (`project`).
"""
