"""Batches from the shell: whose they are, who works on them, and how one follows along."""
