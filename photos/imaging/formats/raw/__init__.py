"""Camera raw: the embedded JPEG, or the sensor data developed by LibRaw.

Metadata of raw files are read by `metadata.exif`.
"""
