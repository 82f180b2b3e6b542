"""The commands `up`, `prepare` and `compile_templates`.

Supervision itself belongs to `project.supervisor`.
"""
