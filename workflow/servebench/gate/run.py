"""`make gate`: a study's figures held against rules, for a CI that stops where one is broken."""

import sys
from pathlib import Path

from servebench.errors import ServebenchError, describe_os_error
from servebench.files import write_text
from servebench.gate.judge import EXIT_CODES, GateOutcome, judge
from servebench.gate.rules_file import read_rules
from servebench.gate.text import gate_page, gate_text
from servebench.paths import StudyPaths
from servebench.report.data import load_study
from servebench.report.terminal import aligned

# What says nothing of the study: a mistake in the rules, a file that cannot be read or written.
MISTAKE = 2


def gate(study: str, rules: Path, markdown: Path | None) -> int:
    """Hold a study's figures against rules: 0 where all pass, 1 where one fails, 3 where one is undecided, else 2."""
    try:
        outcome = judge(load_study(StudyPaths.of(study)), read_rules(rules))
        _show(outcome, markdown)
    except ServebenchError as error:
        return _mistake(str(error))
    except OSError as error:
        line = describe_os_error(error)
        if line is None:
            raise
        return _mistake(line)
    return EXIT_CODES[outcome.word]


def _show(outcome: GateOutcome, markdown: Path | None) -> None:
    if markdown is not None:
        write_text(markdown, gate_page(outcome))
    print(aligned(gate_text(outcome)))


def _mistake(line: str) -> int:
    print(f"servebench: {line}", file=sys.stderr)
    return MISTAKE
