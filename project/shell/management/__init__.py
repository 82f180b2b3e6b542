"""The commands `process` and `import`: arguments and exit codes.

Workers and progress belong to `project.shell`.
"""
