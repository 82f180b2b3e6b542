"""Text: read from pictures of pages with Tesseract, and written under the pages of a PDF.

Operations may import it; it imports no operation.
"""
