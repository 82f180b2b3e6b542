"""The formats in HEIF containers: AVIF and HEIC.

Their colours by code points are in `colour.cicp`.
"""
