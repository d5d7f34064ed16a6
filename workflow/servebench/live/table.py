"""The picture of a run: its stages, the systems that were measured so far, and what runs now."""

from collections.abc import Iterable, Iterator

from rich.console import Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from servebench.analyse.text import MISSING
from servebench.live.events import TrialBegan
from servebench.live.state import Cell, CellSoFar, RunState, Stage
from servebench.load_point import parse_load_point
from servebench.progress import format_duration
from servebench.trial.onlooker import LoadSecond
from servebench.words import Phase

# Lines beside the systems: the stages with their head and sum, the systems' head and their rest, the line of now.
LINES_BESIDE = len(Phase) + 8
LEAST_SYSTEMS = 3
# What the figures of a system take of a line, and what is left to its verdict at least.
FIGURES_WIDTH = 58
LEAST_VERDICT = 16


def picture(state: RunState, now_unix_s: float, width: int, height: int) -> RenderableType:
    """All of it, as many systems as there is room for; the line of now is the last one."""
    parts: list[RenderableType] = [Text(""), _stages(state, now_unix_s)]
    if state.cells:
        parts += [Text(""), *_systems(state, max(LEAST_SYSTEMS, height - LINES_BESIDE), width)]
    return Group(*parts, Text(""), Text(now_line(state, now_unix_s, width), no_wrap=True, style="bold"))


def now_line(state: RunState, now_unix_s: float, width: int) -> str:
    """What runs now, in one line of that width; a trial's name gives way to its figures."""
    if state.trial is None:
        jobs = [job for _, job in state.running]
        lines = [f"now     {', '.join(jobs) or 'the next job is chosen'}"]
    else:
        doing = _doing(state, state.trial, now_unix_s)
        lines = [f"now     {name}: {doing}" for name in _names(state.trial)]
    return next((line for line in lines if len(line) < width), lines[-1])[: width - 1]


def _doing(state: RunState, trial: TrialBegan, now_unix_s: float) -> str:
    """What a trial does."""
    window = state.window
    if window is None:
        return f"it starts, {format_duration(now_unix_s - trial.at_unix_s)}"
    into_s = now_unix_s - window.at_unix_s
    if into_s < 0:
        return "warm-up"
    if into_s >= window.duration_s:
        return "it ends"
    return " · ".join([f"second {int(into_s) + 1} of {window.duration_s:g}", *_figures(state.second)])


def _figures(second: LoadSecond | None) -> Iterator[str]:
    """What the last second brought that is known."""
    if second is None:
        return
    yield f"{second.good:,} requests/s"
    if second.p99_ms is not None:
        yield f"p99 {'≤ ' if second.is_p99_bound else ''}{_milliseconds(second.p99_ms)}"


def _milliseconds(value_ms: float) -> str:
    """Two significant digits, as exact as it is told; never a power of ten."""
    return f"{value_ms:.2g} ms" if value_ms < 10 else f"{value_ms:,.0f} ms"


def _stages(state: RunState, now_unix_s: float) -> Table:
    table = _table(("stage", "left"), ("done", "right"), ("took", "right"), ("time left", "right"))
    stages = list(state.stages(now_unix_s))
    for stage in stages:
        table.add_row(*_stage_row(stage), style="dim" if stage.is_over else None)
    left_s = sum(stage.left_s for stage in stages)
    table.add_row("", "", format_duration(now_unix_s - state.expected.started_unix_s), format_duration(left_s))
    return table


def _stage_row(stage: Stage) -> list[str]:
    is_begun = bool(stage.ended or stage.running or stage.took_s)
    return [
        f"{stage.phase.label} {stage.phase.title}",
        f"{stage.ended}/{stage.planned}",
        format_duration(stage.took_s) if is_begun else "",
        "" if stage.is_over else format_duration(stage.left_s),
    ]


def _systems(state: RunState, most: int, width: int) -> Iterable[RenderableType]:
    """The systems that were measured, those of the last trials where not all have room."""
    table = _table(
        ("system", "left"), ("load", "left"), ("trials", "right"), ("requests/s", "right"), ("p99 ms", "right")
    )
    table.add_column("so far", no_wrap=True, overflow="ellipsis", max_width=max(LEAST_VERDICT, width - FIGURES_WIDTH))
    cells = list(state.cells.items())
    models, generators = ({cell[part] for cell, _ in cells} for part in (0, 2))
    for cell, found in cells[-most:]:
        table.add_row(*_system_row(cell, found, len(models) > 1, len(generators) > 1))
    yield table
    if len(cells) > most:
        yield Text(f"and {len(cells) - most} more that were measured before", style="dim")


def _system_row(cell: Cell, found: CellSoFar, with_model: bool, with_generator: bool) -> list[str]:
    model, system, generator, load_point = cell
    load = parse_load_point(load_point).label + (f", {generator}" if with_generator else "")
    bound = "≥ " if found.is_lower_bound else ""
    return [
        f"{system} ({model})" if with_model else system,
        load,
        str(found.trials),
        MISSING if found.throughput_rps is None else f"{bound}{found.throughput_rps:,.0f}",
        MISSING if found.p99_ms is None else f"{found.p99_ms:.3g}",
        found.verdict or found.figure,
    ]


def _names(trial: TrialBegan) -> list[str]:
    """A trial's name, the longest first."""
    _, system, generator, load_point = trial.cell
    load = parse_load_point(load_point).label
    return [f"{system}, {load}, {generator}, repeat {trial.repeat}", f"{system}, {load}", system]


def _table(*columns: tuple[str, JustifyMethod]) -> Table:
    """A table without a frame."""
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for title, side in columns:
        table.add_column(title, justify=side, no_wrap=True, overflow="ellipsis")
    return table
