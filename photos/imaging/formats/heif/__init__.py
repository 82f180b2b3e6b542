"""The formats in HEIF containers: AVIF and HEIC.

Colours by code points belong to `colour.cicp`.
"""
