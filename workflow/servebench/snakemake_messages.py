"""Which of Snakemake's own messages tell the user anything."""

import logging
import re

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


# What a job of ours that failed has said already: by these codes it ends after a line of its own.
SAID = re.compile(r"returned non-zero exit status (1|130)\.|^WorkflowError:\s+At least one job did not complete")


def is_news(record: logging.LogRecord) -> bool:
    """Whether a message is shown: warnings and errors are where no job of ours said it, and what is not known here."""
    if record.levelno >= logging.ERROR and SAID.search(str(record.msg)):
        return False
    return record.levelno > logging.INFO or not str(record.msg).lstrip().startswith(NOISE)


def quieten_terminal(logger: logging.Logger) -> None:
    """Show on the terminal only what is news."""
    for handler in logger.handlers:
        if not isinstance(handler, logging.FileHandler):
            handler.addFilter(is_news)
