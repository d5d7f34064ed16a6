"""summary.md: what was measured on what, the figures, their verdicts, and what was not measured."""

from typing import Any

import pandas as pd

from servebench.analyse.tables import MEASURED, OTHER_CAMPAIGN, read_table
from servebench.config import Config, load_config
from servebench.files import read_json, write_text
from servebench.paths import StudyPaths
from servebench.report.article import ARTICLE
from servebench.report.calibration import calibration_lines, not_passed
from servebench.report.format import MISSING, figure, load_name, markdown_table, percent, with_interval
from servebench.report.headline import headline_section
from servebench.report.instances import instances_section
from servebench.report.plots import PLOTS
from servebench.report.replication import replication_section
from servebench.report.scalability import scalability_section

RATIO_METRICS = {
    "throughput_rps": "throughput",
    "latency_p50_ms": "latency p50",
    "latency_p95_ms": "latency p95",
    "cpu_us_per_request": "CPU per request",
    "pss_mean_mib": "memory (PSS)",
}


def write_summary(paths: StudyPaths) -> None:
    """Write the summary of the trials that are in the tables."""
    config = load_config(paths.config)
    cells, trials, contrasts = (read_table(paths.tables, name) for name in ("cells", "trials", "contrasts"))
    sections = [
        f"# Study {config.study}",
        _not_measured(cells),
        headline_section(cells, contrasts),
        _setting(config, paths, trials),
        _calibration(config, paths),
        _warnings(cells, trials),
        "## Throughput and its verdict",
        throughput_table(cells),
        VERDICTS,
        instances_section(config, cells),
        scalability_section(paths),
        _article(cells),
        replication_section(trials, cells, contrasts),
        _contrasts(contrasts, cells),
        _plots(),
    ]
    write_text(paths.summary, "\n\n".join(section for section in sections if section) + "\n")


# Closed-loop latency at saturation is users over throughput: only the article's table shows it.
SHOWN_METRICS = {
    "users": {"throughput_rps", "cpu_us_per_request", "pss_mean_mib"},
    "rate": {"latency_p50_ms", "latency_p95_ms", "cpu_us_per_request", "pss_mean_mib"},
    "share": {"cpu_us_per_request", "pss_mean_mib"},
    "objective": {"throughput_rps", "cpu_us_per_request", "pss_mean_mib"},
}
# Latencies are told apart only where the slower system is not crowded.
MOST_SHARE_OF_CAPACITY = 0.7

VERDICTS = """A throughput is `capacity` only where the server used at least 95 % of the CPU that it can use and the
generator did not. `generator-bound` is a lower bound, printed as ≥: the generator was the limit. `below capacity`:
few users wait for each other, or an open loop's rate is held: the latency is valid, the throughput is no capacity.
`overload`: an open loop's server did not keep up; `generator late`: its generator did not. `capacity at objective`: the
highest rate found that keeps the objective. In brackets: 95 % intervals over the repeats. A percentile with fewer than
100 requests beyond it is left empty."""


OTHER_CAMPAIGN_REMEDY = """Systems of another campaign were never measured side by side: what the machine did at one
time is not what it did at another. More `repeats` measure further blocks of all of them together."""


def _not_measured(cells: pd.DataFrame) -> str:
    """First of all: which systems have no figures, why, and what would help."""
    absent = cells[(cells["repeats"] == 0) & cells["reason"].notna()]
    lines = [
        f"- **{row['system']}** ({row['model']}) was not measured: {row['reason']}. Remedy: {row['remedy'] or MISSING}."
        for _, row in absent.drop_duplicates(["model", "system"]).iterrows()
    ]
    return "\n".join(lines)


def _setting(config: Config, paths: StudyPaths, trials: pd.DataFrame) -> str:
    measured = trials[trials["outcome"] == MEASURED]
    if measured.empty:
        return "No trial has been measured."
    models = "; ".join(_describe_model(paths, name) for name in config.models)
    record = _any_record(paths, measured.iloc[0])
    machine = record["machine"]
    placement = record["placement"]
    where = (
        f"pinned: server on CPU {_numbers(placement['server'])}, generator on CPU {_numbers(placement['generator'])}"
        if placement["is_pinned"]
        else "not pinned: server and generator wherever the kernel put them"
    )
    lines = [
        f"- models: {models}",
        f"- machine: {machine['cpu_model']}, {machine['logical_cpus']} CPUs, {machine['system']}; {where}",
        f"- load: {'; '.join(_describe_load(trials))}; {config.warmup_s:g} s warm-up, {config.duration_s:g} s window, "
        f"think time {config.think_time_s:g} s",
        f"- trials: {len(measured)} measured, {config.repeats} repeats in seeded random blocks, "
        f"{int(measured['answers_checked'].sum()):,} answers compared with golden answers",
    ]
    return "## Setting\n\n" + "\n".join(lines)


def _describe_model(paths: StudyPaths, name: str) -> str:
    manifest = read_json(paths.model(name) / "manifest.json")
    quality = manifest["held_out"]
    return (
        f"{name} ({manifest['definition']['estimator']} on {manifest['definition']['dataset']}, "
        f"{manifest['n_features']} features, held-out {quality['metric']} {quality['value']:.3f})"
    )


def _describe_load(trials: pd.DataFrame) -> list[str]:
    """The load points of each generator."""
    texts = []
    for generator, group in trials.groupby("generator", sort=False):
        users = ", ".join(f"{n:,}" for n in sorted(group["users"].dropna().unique()))
        is_open = group["loop"] != "closed"
        points = group[is_open].sort_values("rate_rps").drop_duplicates("load_point")
        rates = ", ".join(load_name(row) for _, row in points.iterrows())
        parts = [f"closed loop of {users} users" if users else "", f"open loop: {rates}" if rates else ""]
        texts.append(f"{generator}: {' and '.join(part for part in parts if part)}")
    return texts


def _any_record(paths: StudyPaths, row: Any) -> dict[str, Any]:
    folder = paths.trial(row["model"], row["system"], row["generator"], row["load_point"], int(row["repeat"]))
    return dict(read_json(folder / "result.json"))


def _numbers(values: list[int]) -> str:
    return ", ".join(str(value) for value in values)


def _calibration(config: Config, paths: StudyPaths) -> str:
    """The five lines, and every check that did not pass."""
    lines = [f"- {line}" for line in calibration_lines(paths, config.every_generator)]
    lines += [f"- {clause}" for clause in not_passed(paths, config.every_generator)]
    return "## Calibration\n\n" + "\n".join(lines)


def _warnings(cells: pd.DataFrame, trials: pd.DataFrame) -> str:
    lines = []
    for _, row in cells.iterrows():
        where = f"{row['system']}, {load_name(row)}, {row['generator']}"
        if pd.notna(row["flags"]):
            lines.append(f"- {where}: {row['flags']}")
        if row["trials_died"] > 0:
            lines.append(f"- {where}: the server died in {int(row['trials_died'])} trials: {row['reason']}")
    if len(trials) and (trials["is_pinned"] == False).any():  # noqa: E712 - a nullable column
        lines.append("- CPUs were not pinned: server and generator may have disturbed each other")
    return "## Warnings\n\n" + "\n".join(lines) if lines else ""


def throughput_table(cells: pd.DataFrame) -> str:
    """Throughput of every cell with its interval and verdict."""
    measured = cells[cells["repeats"] > 0]
    with_model, with_generator = (measured[name].nunique() > 1 for name in ("model", "generator"))
    header = [
        *(["model"] if with_model else []),
        "system",
        *(["generator"] if with_generator else []),
        "load",
        "requests/s",
        "verdict",
        "p50 (ms)",
        "p95 (ms)",
        "p99 (ms)",
        "why",
    ]
    rows = [
        [
            *([row["model"]] if with_model else []),
            row["system"],
            *([row["generator"]] if with_generator else []),
            load_name(row),
            with_interval(row, "throughput_rps", bool(row["throughput_is_lower_bound"])),
            row["verdict"],
            with_interval(row, "latency_p50_ms"),
            with_interval(row, "latency_p95_ms"),
            with_interval(row, "latency_p99_ms"),
            row["verdict_reason"],
        ]
        for _, row in measured.iterrows()
    ]
    return markdown_table(header, rows)


def _article(cells: pd.DataFrame) -> str:
    """The article's table of figures for our systems at the most users, beside the article's own."""
    measured = cells[(cells["repeats"] > 0) & (cells["loop"] == "closed")]
    if measured.empty:
        return ""
    parts = ["## The article's figures, and ours"]
    for (model, generator), group in measured.groupby(["model", "generator"], sort=False):
        most = group[group["users"] == group["users"].max()]
        parts.append(f"{model}, {generator}, {int(most['users'].iloc[0])} users (the article: 200 users):")
        parts.append(_article_table(most))
    parts.append(
        "The article's columns are one run each on another machine; its Crow was idle at 1 % CPU, so its 2,200 "
        "requests/s are its generator's. Closed-loop latency at saturation is users divided by throughput."
    )
    return "\n\n".join(parts)


def _article_table(rows: pd.DataFrame) -> str:
    ours = [row for _, row in rows.iterrows()]
    lines = {
        "min response time (ms)": [with_interval(r, "latency_min_ms") for r in ours],
        "mean response time (ms)": [with_interval(r, "latency_mean_ms") for r in ours],
        "max response time (ms)": [with_interval(r, "latency_max_ms") for r in ours],
        "throughput (requests/s)": [
            with_interval(r, "throughput_rps", bool(r["throughput_is_lower_bound"])) for r in ours
        ],
        "memory (PSS, MiB)": [with_interval(r, "pss_mean_mib") for r in ours],
        "CPU (cores)": [with_interval(r, "cpu_mean_cores") for r in ours],
        "threads": [figure(r["threads_peak"]) for r in ours],
        "errors": [percent(r["error_rate"]) for r in ours],
    }
    theirs = zip(
        *(
            (a.latency_min, a.latency_mean, a.latency_max, a.throughput, a.memory, a.cpu, a.threads, a.errors)
            for a in ARTICLE
        ),
        strict=True,
    )
    header = ["", *(r["system"] for r in ours), *(a.name for a in ARTICLE)]
    return markdown_table(
        header, [[name, *values, *article] for (name, values), article in zip(lines.items(), theirs, strict=True)]
    )


def _contrasts(contrasts: pd.DataFrame, cells: pd.DataFrame) -> str:
    """Ratios at each generator's largest closed-loop point and at each common rate."""
    if contrasts.empty:
        return ""
    closed = cells[cells["loop"] == "closed"]
    most = closed.loc[closed.groupby("generator")["users"].transform("max") == closed["users"]]
    shown = {*zip(most["generator"], most["load_point"], strict=True)} | {
        *zip(*(cells.loc[cells["loop"] != "closed", name] for name in ("generator", "load_point")), strict=True)
    }
    by_cell: dict[tuple[str, ...], Any] = {
        (row["model"], row["generator"], row["load_point"], row["system"]): row["verdict"]
        for _, row in cells.iterrows()
    }
    capacities = _capacities(cells)
    rows = [
        _contrast_row(row, by_cell, capacities)
        for _, row in contrasts.iterrows()
        if (row["generator"], row["load_point"]) in shown
        and row["metric"] in SHOWN_METRICS[row["load_point"].split("-")[0]]
    ]
    header = ["model", "generator", "load point", "ratio of", "systems", "blocks", "ratio [95 % interval]", "verdict"]
    parts = ["## Contrasts within blocks", markdown_table(header, rows)]
    if (contrasts["reason"] == OTHER_CAMPAIGN).any():
        parts.append(OTHER_CAMPAIGN_REMEDY)
    return "\n\n".join(parts)


def _capacities(cells: pd.DataFrame) -> dict[tuple[str, str], float]:
    """The largest capacity that was measured of each system with each model."""
    known = cells[(cells["loop"] == "closed") & (cells["verdict"] == "capacity")]
    return {
        (str(model), str(system)): float(group["throughput_rps"].max())
        for (model, system), group in known.groupby(["model", "system"])
    }


def _crowded(row: Any, capacities: dict[tuple[str, str], float]) -> str | None:
    """The system for which the contrast's rate is above 70 % of its capacity, where that is known."""
    if not row["load_point"].startswith("rate-"):
        return None
    rate_rps = int(row["load_point"].removeprefix("rate-"))
    for side in ("numerator", "denominator"):
        capacity_rps = capacities.get((row["model"], row[side]))
        if capacity_rps is not None and rate_rps > MOST_SHARE_OF_CAPACITY * capacity_rps:
            return str(row[side])
    return None


def _contrast_row(
    row: Any, verdicts: dict[tuple[str, ...], Any], capacities: dict[tuple[str, str], float]
) -> list[str]:
    place = (row["model"], row["generator"], row["load_point"])
    pair = [verdicts.get((*place, row[side])) for side in ("numerator", "denominator")]
    crowded = _crowded(row, capacities) if str(row["metric"]).startswith("latency") else None
    return [
        row["model"],
        row["generator"],
        row["load_point"],
        RATIO_METRICS[row["metric"]],
        f"{row['numerator']} / {row['denominator']}",
        str(row["blocks"]),
        with_interval(row, "ratio"),
        f"inconclusive: above 70 % of {crowded}'s capacity" if crowded else contrast_verdict(row, pair),
    ]


def contrast_verdict(row: Any, verdicts: list[str | None]) -> str:
    """What may be claimed of a ratio."""
    if pd.isna(row["ratio"]):
        return row["reason"] if pd.notna(row["reason"]) else "inconclusive: not measured"
    if row["metric"] == "throughput_rps":
        if verdicts == ["generator-bound", "capacity"]:
            return "a lower bound: the generator limited the first"
        if verdicts == ["capacity", "generator-bound"]:
            return "an upper bound: the generator limited the second"
        if verdicts not in (["capacity"] * 2, ["capacity at objective"] * 2):
            return "inconclusive: not both are capacities"
    if str(row["metric"]).startswith("latency") and pair_is_unfit(verdicts):
        return "inconclusive: not both hold the rate"
    if pd.isna(row["ratio_low"]):
        return "inconclusive: fewer than 3 blocks"
    return "inconclusive: the interval holds 1" if row["ratio_low"] <= 1 <= row["ratio_high"] else "different"


def pair_is_unfit(verdicts: list[str | None]) -> bool:
    """Latencies are compared only where both systems hold the rate and the generator kept its times."""
    return any(verdict != "below capacity" for verdict in verdicts)


def _plots() -> str:
    return "## Plots\n\n" + "\n\n".join(f"![{plot.title}](plots/{plot.name}.svg)" for plot in PLOTS)
