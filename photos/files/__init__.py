"""Bytes on a disk before there is a row: the storage, the upload limit, names, archives, incoming files, keyed locks.

No models here: rows belong to `photos.models`, a user's library to `photos.library`.
"""
