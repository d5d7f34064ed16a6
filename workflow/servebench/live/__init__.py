"""One table of a run that lives in the terminal: what the jobs tell, and the process that draws it."""
