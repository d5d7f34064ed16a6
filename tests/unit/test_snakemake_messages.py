import io
import logging

import pytest
from servebench.snakemake_messages import is_news, quieten_terminal


def record(message, level=logging.INFO):
    return logging.LogRecord("snakemake", level, "", 0, message, None, None)


@pytest.mark.parametrize(
    "message",
    [
        "Assuming unrestricted shared filesystem usage.",
        "Building DAG of jobs...",
        "Config file config/config.yaml is extended by additional config specified via the command line.",
        "Execute 2 jobs...",
        "Reasons:\n    (check individual jobs above for details)",
    ],
)
def test_what_snakemake_says_of_itself_is_no_news(message):
    assert not is_news(record(message))
    assert is_news(record(message, logging.ERROR))
    assert is_news(record(message, logging.WARNING))


@pytest.mark.parametrize(
    "message",
    ["Nothing to be done (all requested files are present and up to date).", "Will exit after finishing", None],
)
def test_all_else_is_shown(message):
    assert is_news(record(message))


@pytest.mark.parametrize("code", [1, 130])
def test_a_job_that_failed_has_said_so_itself(code):
    failed = "RuleException:\nCalledProcessError in file x, line 41:\nCommand '..' returned non-zero exit status "
    assert not is_news(record(f"{failed}{code}.", logging.ERROR))
    assert is_news(record(f"{failed}137.", logging.ERROR)), "one that was killed said nothing"
    assert not is_news(record("WorkflowError:\nAt least one job did not complete successfully.", logging.ERROR))


def test_the_log_file_keeps_everything(tmp_path):
    logger = logging.Logger("a", logging.INFO)
    terminal = io.StringIO()
    logger.addHandler(logging.StreamHandler(terminal))
    logger.addHandler(logging.FileHandler(tmp_path / "log"))
    quieten_terminal(logger)
    logger.info("Building DAG of jobs...")
    logger.info("what happened")
    assert terminal.getvalue() == "what happened\n"
    assert (tmp_path / "log").read_text() == "Building DAG of jobs...\nwhat happened\n"
