"""Options of operations, lists of steps, and the registry of operations.

Arithmetic on pixels belongs to `pixels`.
"""
