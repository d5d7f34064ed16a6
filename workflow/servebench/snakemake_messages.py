"""Which of Snakemake's own messages tell the user anything."""

import logging

# What it says of itself, of its scheduler, and of where it looks; its log in .snakemake/log/ keeps all of it.
NOISE = (
    "Config file ",
    "Assuming unrestricted shared filesystem usage",
    "Building DAG of jobs",
    "Using shell: ",
    "Conda environments: ignored",
    "Select jobs to execute",
    "Execute ",
    "Complete log(s): ",
    "Elapsed time: ",
    "Reasons:",
    "This was a dry-run",
)


def is_news(record: logging.LogRecord) -> bool:
    """Whether a message is shown: every warning and error is, and what is not known here."""
    return record.levelno > logging.INFO or not str(record.msg).lstrip().startswith(NOISE)


def quieten_terminal(logger: logging.Logger) -> None:
    """Show on the terminal only what is news."""
    for handler in logger.handlers:
        if not isinstance(handler, logging.FileHandler):
            handler.addFilter(is_news)
