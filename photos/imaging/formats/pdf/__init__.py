"""PDF: pages as pictures, pictures as pages, and the text of both.

Text recognition belongs to `photos.imaging.ocr`, printed catalogues to `photos.catalogue`.
"""
