"""The commands `process` and `import`: owner, workers, and progress on a terminal.

The command `jobs` belongs to `jobs`.
"""
