"""Camera raw: the embedded JPEG, or the sensor data developed by LibRaw.

Metadata of raw files belongs to `metadata.exif`.
"""
