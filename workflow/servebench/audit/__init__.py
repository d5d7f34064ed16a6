"""`make audit`: the locked packages against known vulnerabilities, and their licences, as a report in Markdown."""
