"""Pixels: a file in, a file out, by a list of steps.

Neither Django nor Celery nor the engine is imported here: paths and plain data come in, files and errors go out.
"""
