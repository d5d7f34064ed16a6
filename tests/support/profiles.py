"""Profiles as `make profile` leaves them beside a study, and studies with a package to profile."""

from pathlib import Path

from servebench.config import dump_config
from servebench.files import write_text
from servebench.paths import FLAME, FUNCTIONS, PROFILE, StudyPaths
from servebench.profile.functions import FunctionShare, write_functions
from servebench.profile.record import ProfileRecord

from support.packages import default_config, make_package


def profile_record(**changes: object) -> ProfileRecord:
    """The record of a profile of a server on one CPU, which was full."""
    record = {
        **{"model": "m", "system": "fastapi", "profiler": "py-spy", "version": "0.4.1"},
        **{"started_at": "2026-01-01T00:00:00+00:00", "load_point": "users-64", "window_s": 3.0},
        **{"samples": 700, "kernel_share": None, "throughput_rps": 1000.0, "profiled_throughput_rps": 950.0},
        **{"slowdowns": [0.05, 0.08, -0.01], "server_cores": 0.99, "cpus": 1, "generator_utilization": 0.2},
    }
    return ProfileRecord.model_validate({**record, **changes})


def write_profile(paths: StudyPaths, record: ProfileRecord, shares: list[FunctionShare]) -> None:
    """Put a profile's files beside a study."""
    folder = paths.profile(record.model, record.system)
    write_text(folder / FLAME, "<svg/>")
    write_functions(folder / FUNCTIONS, shares)
    write_text(folder / PROFILE, record.model_dump_json())


def study_with_package(root: Path, system: str, model: Path, users: int = 4) -> StudyPaths:
    """A study's folder with its configuration, its model and one built package, and nothing that was measured."""
    paths = StudyPaths(root)
    config = default_config(study=root.name, models=[model.name], systems=[system], users=[1, users], also=[])
    write_text(paths.config, dump_config(config))
    paths.model(model.name).parent.mkdir(parents=True)
    paths.model(model.name).symlink_to(model)
    make_package(system, model, paths.build(model.name, system))
    return paths
