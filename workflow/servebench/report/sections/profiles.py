"""Where the CPU of the profiled systems goes: their dearest functions, and their flame graphs."""

from pathlib import Path

from servebench.load_point import parse_load_point
from servebench.paths import FLAME, FUNCTIONS, PROFILE
from servebench.profile.functions import FunctionShare, read_functions
from servebench.profile.record import ProfileRecord
from servebench.profile.stacks import shortened
from servebench.profile.text import change_text
from servebench.report.data import StudyData
from servebench.report.foreign import code, told
from servebench.report.format import figure, markdown_table, percent
from servebench.report.stage_file import read_stage_file

DEAREST = 3
NAME_LETTERS = 48
HEADER = [
    "model",
    "system",
    "load",
    "requests/s",
    "profiler",
    "CPUs used",
    "dearest functions, by their own CPU",
    "files",
]
NOTE = (
    "Made by `make profile`, apart from the trials. The throughput is without the profiler; how it changed with it is "
    "said of the median pair of windows, and of all. Where not all CPUs were used, others may have used the machine."
)


def profiles(data: StudyData) -> str:
    """A line a profile, with links to its files; empty where nothing was profiled."""
    rows = [
        _row(data, folder)
        for model in data.config.models
        for system in data.config.every_system
        if ((folder := data.paths.profile(model, system)) / PROFILE).exists()
    ]
    return "\n\n".join(["## Where the CPU goes", markdown_table(HEADER, rows), NOTE]) if rows else ""


def _row(data: StudyData, folder: Path) -> list[str]:
    record = read_stage_file(folder / PROFILE, ProfileRecord)
    place = folder.relative_to(data.paths.root).as_posix()
    return [
        told(record.model),
        told(record.system),
        parse_load_point(record.load_point).label,
        figure(record.throughput_rps),
        f"{told(record.profiler)}: {change_text(record)}",
        f"{record.server_cores:.2f} of {record.cpus}",
        "; ".join(_function(share) for share in read_functions(folder / FUNCTIONS)[:DEAREST]),
        f"[flame graph]({place}/{FLAME}), [functions]({place}/{FUNCTIONS})",
    ]


def _function(share: FunctionShare) -> str:
    return f"{code(shortened(share.frame.short_name, NAME_LETTERS))} {percent(share.own_share)}"
