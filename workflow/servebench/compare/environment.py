"""What differs between two studies beside their figures: machines, times, versions, flags, configuration."""

from servebench.compare.comparison import Difference, Side
from servebench.compare.facts import FactName, facts_of, records_of
from servebench.report.data import StudyData

UNKNOWN_MACHINE = "a machine that its files do not name"
# The order in which kinds are told: what moves figures most comes first.
KINDS = ("machine", "placement", "instrument", "config", "version", "the server says", "build", "package")


def describe_side(data: StudyData) -> Side:
    """Which study, on what machine, and when."""
    started = data.measured_trials["started_at"]
    machines = dict.fromkeys(
        f"{record.machine.cpu_model}, {record.machine.logical_cpus} CPUs, kernel {record.machine.kernel}"
        for record in records_of(data)
    )
    return Side(
        study=data.paths.root.name,
        machine=" / ".join(machines) or UNKNOWN_MACHINE,
        measured_from=str(started.min()),
        measured_to=str(started.max()),
        campaigns=sorted(str(name) for name in data.measured_trials["campaign"].unique()),
    )


def differences(a: StudyData, b: StudyData) -> list[Difference]:
    """What both tell and differ in, of what both have; systems that differ alike stand together."""
    facts_a, facts_b = _of_both(a, b)
    together: dict[tuple[str, str, str | None, str | None], list[str]] = {}
    for name in dict.fromkeys([*facts_a, *facts_b]):
        values = facts_a.get(name), facts_b.get(name)
        if values[0] != values[1]:
            systems = together.setdefault((name.kind, name.name, *values), [])
            systems.extend([name.system] if name.system is not None else [])
    found = [Difference(kind=k, name=n, systems=s, a=of_a, b=of_b) for (k, n, of_a, of_b), s in together.items()]
    return sorted(found, key=lambda difference: KINDS.index(difference.kind))


def _of_both(a: StudyData, b: StudyData) -> tuple[dict[FactName, str], dict[FactName, str]]:
    """The facts of each, without those of systems that the other has not, and of kinds that it does not tell."""
    facts = facts_of(a), facts_of(b)
    systems = {*a.measured_cells["system"]} & {*b.measured_cells["system"]}
    kinds = {name.kind for name in facts[0]} & {name.kind for name in facts[1]}
    kept_a, kept_b = (
        {
            name: value
            for name, value in of_one.items()
            if name.kind in kinds and (name.system is None or name.system in systems)
        }
        for of_one in facts
    )
    return kept_a, kept_b
