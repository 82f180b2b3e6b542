"""Batches from the shell, for the commands `process` and `import`: whose they are, and how one follows along.

The verbs on jobs have a command of their own, in `jobs`.
"""
