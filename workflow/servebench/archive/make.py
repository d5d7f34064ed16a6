"""A study as one file to cite, which `make verify` can make again from its raw files."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from servebench.archive.container import write_container
from servebench.archive.content import Content, read_sources
from servebench.archive.crate import crate_metadata
from servebench.archive.raw import pack_raw, unpack_kept
from servebench.archive.rebuild import rebuild
from servebench.archive.runs import trial_runs
from servebench.config import load_config
from servebench.errors import ServebenchError
from servebench.paths import METADATA, PROVENANCE, RAW, StudyPaths
from servebench.report.data import load_study


def make_archive(paths: StudyPaths) -> None:
    """Write the study's archive; raises ServebenchError where nothing was measured.

    What it holds is made anew from the packed raw files: it then says nothing of the place where the study stands, and
    is what whoever verifies it makes too. A profile is no trial, and stays out.
    """
    unpack_kept(paths)
    study = load_config(paths.config).study
    with TemporaryDirectory(prefix="servebench-") as scratch:
        raw = Path(scratch) / RAW
        pack_raw(paths, raw)
        anew = StudyPaths(Path(scratch) / "of" / study)
        made = rebuild(raw, anew)
        content = Content(anew.config.read_bytes(), raw.read_bytes(), made, read_sources())
        runs = trial_runs(load_study(anew))
    if not runs:
        raise ServebenchError(f"study '{study}' has no trial that was measured: `make retry STUDY={study}` may help")
    packages = json.loads(made[PROVENANCE])["packages"]
    description = crate_metadata(study, content, runs, packages)
    write_container(paths.crate, {**content.files, METADATA: description})
