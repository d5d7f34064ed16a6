import re

from servebench.paths import REPOSITORY
from servebench.plan.rule_phases import PHASES, UNCOUNTED, count_jobs
from servebench.words import Phase


def test_every_rule_belongs_to_one_phase():
    texts = [path.read_text() for path in [REPOSITORY / "Snakefile", *(REPOSITORY / "workflow/rules").glob("*.smk")]]
    rules = [name for text in texts for name in re.findall(r"^ *(?:use )?rule (?:\w+ as )?(\w+)", text, re.M)]
    assert sorted(rules) == sorted([name for names in PHASES.values() for name in names] + list(UNCOUNTED))


def test_jobs_are_counted_by_phase():
    assert count_jobs(["all", "build", "check", "trial", "trial"]) == {Phase.BUILD: 2, Phase.TRIALS: 2}
