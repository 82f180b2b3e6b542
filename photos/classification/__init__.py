"""Measures a picture and decides its kind and category: pure functions that know neither database nor queue.

Stored analyses and corrections belong to `photos.models`; the phase that classifies belongs to `photos.kinds`.
"""
