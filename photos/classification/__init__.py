"""Measures a picture and decides its kind and category: pure functions that know neither database nor queue.

What corrections are stored, and what is shown of a decision, belongs to `photos.models` and `photos.kinds`.
"""
