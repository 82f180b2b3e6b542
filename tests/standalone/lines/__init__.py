"""An app with one kind of job: it counts the lines of text files."""

HOLD = "hold"  # while a file of that name is in the folder, all but the first three of it wait
