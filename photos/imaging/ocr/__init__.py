"""OCR: text recognised by Tesseract, and invisible text layers of PDF pages.

Operations may import it; it imports no operation.
"""
