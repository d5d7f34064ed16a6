"""The rules of the analysis tried on made-up studies, of which the truth is known."""
