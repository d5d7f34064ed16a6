"""`make bench-analysis`: what plan, tables, plots, page and a call with nothing to do take as studies grow."""
