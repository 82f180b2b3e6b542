"""How an operation declares its options, and how lists of steps are checked and found.

Nothing here touches a pixel.
"""
