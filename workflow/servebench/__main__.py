"""What `make` calls beside snakemake: report what is there, retry what could not be built, pack what was measured.

`archive` makes of a study one file to cite, `verify` tells whether such a file is what it says; `list`, `clean`, `demo`
and `serve` are for whoever looks around. `profile` says where a system's CPU goes; `check-server` and `new-server` are
for who adds a server; `compare` holds a study against another one, `gate` against rules; `ab` measures two revisions
of a server; `coverage` tries the rules of the analysis on made-up studies.
"""

import argparse
import os
import sys
from pathlib import Path

from servebench.ab.run import ab
from servebench.archive.make import make_archive
from servebench.archive.raw import pack_raw, unpack_kept
from servebench.archive.verify import verify_archive
from servebench.build.new_server import new_server
from servebench.check.server import check_server
from servebench.clean import clean
from servebench.compare.run import compare_studies
from servebench.config import load_config
from servebench.demo import STUDY, show_page
from servebench.errors import ServebenchError, describe_os_error
from servebench.files import read_json
from servebench.gate.run import gate
from servebench.paths import CACHE, CONFIG, FUNCTIONS, MANIFEST, RESULTS, StudyPaths
from servebench.profile.functions import read_functions
from servebench.profile.run import profile_system
from servebench.profile.text import profile_text
from servebench.report.page import write_page
from servebench.report.terminal import result_text
from servebench.report.whole import write_report
from servebench.serve import serve_system
from servebench.simulate.report import SEED, SIMULATIONS, coverage_text
from servebench.studies import studies_text
from servebench.texts import visible_lines
from servebench.words import BuildStatus

# Trained and compiled in seconds.
CHECK_MODEL = "digits-logistic"


def report(study: str) -> None:
    """Make tables, plots and report from the trials that are there, complete or not."""
    paths = StudyPaths.of(study)
    unpack_kept(paths)
    write_report(paths)
    print(result_text(paths))


def retry(study: str) -> None:
    """Run the study again with its unavailable builds forced; deleting a manifest would retry nothing."""
    paths = StudyPaths.of(study)
    load_config(paths.config)
    manifests = [
        *paths.root.glob(f"models/*/compiled/{MANIFEST}"),
        *paths.root.glob(f"build/*/*/{MANIFEST}"),
        *paths.root.glob(f"generators/*/{MANIFEST}"),
    ]
    unavailable = [str(path) for path in sorted(manifests) if read_json(path)["status"] == BuildStatus.UNAVAILABLE]
    if not unavailable:
        print(f"study '{study}': everything was built, nothing to retry")
        return
    snakemake = str(Path(sys.executable).with_name("snakemake"))
    os.execv(snakemake, [snakemake, "--configfile", str(paths.config), "--forcerun", *unavailable, "--"])  # noqa: S606


def pack(study: str) -> None:
    """Keep a study's raw files as one archive beside them."""
    paths = StudyPaths.of(study)
    pack_raw(paths, paths.archive)
    print(_with_size(paths.archive))


def archive(study: str) -> None:
    """Make of a study one file to cite: raw trials, tables, plots, page, provenance, locks and hashes."""
    paths = StudyPaths.of(study)
    make_archive(paths)
    print(_with_size(paths.crate))


def _with_size(path: Path) -> str:
    return f"{path}: {path.stat().st_size / 1e6:.2f} MB"


def verify(file: Path) -> None:
    """Tell whether an archive is what it says: its hashes, and all that is made of its raw trials, made again."""
    lines = verify_archive(file)
    print("\n".join(lines) or f"{file}: every hash is right, and all that its raw trials make was made again the same")
    if lines:
        sys.exit(1)


def show_studies() -> None:
    """The studies of this checkout: how far, how large, how old."""
    print(visible_lines(studies_text(RESULTS)))


def clean_up() -> None:
    """Remove what builds and tests left; a study that has a trial stays."""
    print("\n".join(clean(Path())) or "nothing to remove")


def demo() -> None:
    """Show a study that was measured before, without measuring."""
    report(STUDY)
    show_page(StudyPaths.of(STUDY).report)


def serve(study: str, system: str, model: str | None) -> None:
    """Start a built system, and print a line that asks it."""
    serve_system(StudyPaths.of(study), system, model)


def profile(study: str, system: str, model: str | None) -> None:
    """Sample where a built system's CPU goes at its capacity."""
    paths = StudyPaths.of(study)
    record = profile_system(paths, system, model, CACHE)
    folder = paths.profile(record.model, record.system)
    print(visible_lines(profile_text(record, read_functions(folder / FUNCTIONS), folder)))
    if paths.report.exists():
        write_page(paths)
        print(f"linked in:   {paths.report}")


def coverage(simulations: int, seed: int) -> None:
    """Try the rules of the analysis on made-up studies."""
    print(coverage_text(simulations, seed))


def begin_server(name: str, like: str) -> None:
    """Begin a server as a copy of another."""
    folder = new_server(name, like, load_config(CONFIG))
    print(f"{folder.relative_to(folder.parents[1])} is there: change it, then run `make check-server NAME={name}`")


def add_comparisons(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """What holds revisions, studies and rules against each other."""
    revised = commands.add_parser(ab.__name__, help=ab.__doc__)
    revised.add_argument("study")
    revised.add_argument("system")
    revised.add_argument("base", help="a revision of git")
    revised.add_argument("head", help="the one that is held against it")
    revised.add_argument("entries", nargs="*", help="of the config, such as users=[1,64]")
    revised.set_defaults(
        run=lambda given: ab(given.study, given.system, given.base, given.head, given.entries, load_config(CONFIG))
    )
    compared = commands.add_parser("compare", help=compare_studies.__doc__)
    compared.add_argument("a", type=Path, help="the folder of the study of before")
    compared.add_argument("b", type=Path, help="the folder of the study that is held against it")
    compared.add_argument("--out", type=Path, metavar="FOLDER", help="instead of compare-<a>-<b> beside A")
    compared.set_defaults(run=lambda given: compare_studies(given.a, given.b, given.out))
    gated = commands.add_parser(gate.__name__, help=gate.__doc__)
    gated.add_argument("study")
    gated.add_argument("rules", type=Path)
    gated.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")
    gated.set_defaults(run=lambda given: sys.exit(gate(given.study, given.rules, given.markdown)))


def main() -> None:
    """Read the command line; a mistake is one line."""
    parser = argparse.ArgumentParser(prog="servebench")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (report, retry, pack, archive):
        of_study = commands.add_parser(command.__name__, help=command.__doc__)
        of_study.add_argument("study")
        of_study.set_defaults(run=lambda given, command=command: command(given.study))
    for of_system in (profile, serve):
        begun = commands.add_parser(of_system.__name__, help=of_system.__doc__)
        begun.add_argument("study")
        begun.add_argument("system")
        begun.add_argument("--model")
        begun.set_defaults(run=lambda given, command=of_system: command(given.study, given.system, given.model))
    for name, alone in (("list", show_studies), ("clean", clean_up), ("demo", demo)):
        commands.add_parser(name, help=alone.__doc__).set_defaults(run=lambda _, command=alone: command())
    verified = commands.add_parser(verify.__name__, help=verify.__doc__)
    verified.add_argument("file", type=Path)
    verified.set_defaults(run=lambda given: verify(given.file))
    simulated = commands.add_parser(coverage.__name__, help=coverage.__doc__)
    simulated.add_argument("--simulations", type=int, default=SIMULATIONS)
    simulated.add_argument("--seed", type=int, default=SEED)
    simulated.set_defaults(run=lambda given: coverage(given.simulations, given.seed))
    checked = commands.add_parser("check-server", help="build a server and print each case of its contract")
    checked.add_argument("name")
    checked.add_argument("--model", default=CHECK_MODEL)
    checked.set_defaults(run=lambda given: check_server(given.name, given.model, load_config(CONFIG), CACHE))
    begun = commands.add_parser("new-server", help=begin_server.__doc__)
    begun.add_argument("name")
    begun.add_argument("--like", required=True)
    begun.set_defaults(run=lambda given: begin_server(given.name, given.like))
    add_comparisons(commands)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except ServebenchError as error:
        sys.exit(visible_lines(f"servebench: {error}"))
    except OSError as error:
        line = describe_os_error(error)
        if line is None:
            raise
        sys.exit(f"servebench: {line}")


if __name__ == "__main__":
    main()
