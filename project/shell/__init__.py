"""Batches of the commands `process` and `import`: their owner, their workers, and their progress on a terminal.

The verbs on jobs have a command of their own, in `jobs`.
"""
