"""Where things stand in the repository and in a study."""

from dataclasses import dataclass, replace
from pathlib import Path

from servebench.errors import ServebenchError
from servebench.texts import require_name, visible
from servebench.words import Inference

REPOSITORY = Path(__file__).resolve().parents[2]
SERVERS = REPOSITORY / "servers"
PROTOCOLS = SERVERS / "protocols"
CACHE = REPOSITORY / ".cache"
RESULTS = Path("results")
CONFIG = REPOSITORY / "config" / "config.yaml"

# Names of files: of a study and its archive, of every built thing, of a model and what is sent of it, of a package,
# of a trial, of a profile.
STUDY_CONFIG = "config.yaml"
RAW = "raw.tar.xz"
PAGE = "report.html"
PROVENANCE = "provenance.json"
METADATA = "ro-crate-metadata.json"
HASHES = "SHA256SUMS"
SNAKEFILE = "Snakefile"
MANIFEST = "manifest.json"
MODEL = "model.joblib"
RUN_SCRIPT = "run"
SERVER_EXECUTABLE = "server"
PAYLOADS = "payloads.jsonl"
GOLDEN = "golden.jsonl"
ONNX_MODEL = "model.onnx"
RESULT = "result.json"
LATENCY = "latency.hlog"
SERIES = "series.csv"
RESOURCES = "resources.csv"
SERVER_LOG = "server.log"
GENERATOR_LOG = "generator.log"
PROFILE = "profile.json"
FLAME = "flame.svg"
FUNCTIONS = "functions.csv"
# Names of files: of a comparison of two studies.
COMPARE_TEXT = "compare.md"
COMPARE_PAGE = "compare.html"
COMPARE_DATA = "compare.json"


def below(folder: Path, *names: str) -> Path:
    """What stands under these names in a folder; raises ServebenchError where a name leads out of it.

    Records and tables that somebody else wrote hold such names too.
    """
    for name in names:
        # By the text, without pathlib: a large study asks very often.
        if name.startswith("/") or ".." in name.split("/"):
            raise ServebenchError(f"'{visible(name, 60)}' is no name: it would stand outside of {folder}")
    return folder.joinpath(*names)


def onnx_folder(model: Path) -> Path:
    """Where a model as ONNX stands beside it."""
    return model / "onnx"


def asked_folder(model: Path, inference: Inference | None) -> Path:
    """The folder with the golden answers of an inference: ONNX has its own, in float32."""
    return onnx_folder(model) if inference is Inference.ONNX else model


@dataclass(frozen=True)
class StudyPaths:
    """The files of one study, below `results/<study>/`; on a node of a cluster, with the calibrations of that node."""

    root: Path
    node: str | None = None

    @classmethod
    def of(cls, study: str) -> "StudyPaths":
        """The study's folder, relative to the working directory as Snakemake names it.

        Raises ServebenchError where the name is none.
        """
        return cls(RESULTS / require_name("study", study))

    @classmethod
    def of_log(cls, log: Path) -> "StudyPaths":
        """The study that a job's log belongs to."""
        return cls(next(folder for folder in log.parents if folder.name == "logs").parent)

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.root / STUDY_CONFIG

    @property
    def checkout(self) -> Path:
        """Where `make ab` puts both revisions of a server, and runs."""
        return self.root / "checkout"

    @property
    def archive(self) -> Path:
        """The raw files as one archive, where a study is kept as such."""
        return self.root / RAW

    @property
    def crate(self) -> Path:
        """The study as one file to cite."""
        return self.root / f"{self.root.name}.crate.zip"

    @property
    def journal(self) -> Path:
        """One line a finished trial, in the true order."""
        return self.root / "journal.jsonl"

    @property
    def timeline(self) -> Path:
        """One line a job that is no trial: when it began and ended."""
        return self.root / "timeline.jsonl"

    @property
    def begun(self) -> Path:
        """One line a trial that began on a node: one without an end was lost with it."""
        return self.root / "begun.jsonl"

    @property
    def heartbeat(self) -> Path:
        """The sign of life of the snakemake process that leads, for jobs on other hosts."""
        return self.root / ".heartbeat.json"

    def block(self, model: str, repeat: int | str) -> Path:
        """What became of a block that a cluster placed: all trials of one repeat and model, on one node."""
        return below(self.root / "blocks", model) / f"{repeat}.json"

    def block_lock(self, model: str, repeat: int) -> Path:
        """Held by the job that makes a block."""
        return below(self.root / "blocks", model) / f".{repeat}.lock"

    @property
    def expected(self) -> Path:
        """What the campaign that runs was expected to take."""
        return self.root / ".expected.json"

    @property
    def tables(self) -> Path:
        """The folder of the tidy tables."""
        return self.root / "tables"

    @property
    def plots(self) -> Path:
        """The folder of the plots."""
        return self.root / "plots"

    @property
    def summary(self) -> Path:
        """The summary in Markdown."""
        return self.root / "summary.md"

    @property
    def conclusions(self) -> Path:
        """Every claim as data."""
        return self.root / "conclusions.json"

    @property
    def report(self) -> Path:
        """The self-contained page."""
        return self.root / PAGE

    @property
    def provenance(self) -> Path:
        """What produced the study: versions, machine, commands."""
        return self.root / PROVENANCE

    @property
    def lock(self) -> Path:
        """Held by the one snakemake process that works on the study."""
        return self.root / ".lock"

    @property
    def stopped(self) -> Path:
        """Which campaign measures nothing more, and why."""
        return self.root / ".stopped.json"

    @property
    def looks(self) -> Path:
        """What the looks of the last campaign at its precision found."""
        return self.root / ".looks.json"

    def log(self, stage: str, *parts: str) -> Path:
        """The log of one job."""
        return self.root.joinpath("logs", stage, *parts[:-1], f"{parts[-1]}.log")

    def model(self, model: str) -> Path:
        """The folder of a trained model."""
        return below(self.root / "models", model)

    def compiled(self, model: str) -> Path:
        """The folder of a model's compiled code."""
        return self.model(model) / "compiled"

    def wire(self, model: str, protocol: str, rows: int, inference: Inference | None = None) -> Path:
        """What a protocol sends of a model, with so many rows a request; ONNX has golden answers of its own."""
        folder = below(self.root / "wire", model)
        return (folder / Inference.ONNX if inference is Inference.ONNX else folder) / f"{protocol}-{rows}"

    def onnx(self, model: str) -> Path:
        """The folder of a model as ONNX."""
        return onnx_folder(self.model(model))

    def asked(self, model: str, inference: Inference | None) -> Path:
        """The model's folder with the golden answers of an inference: ONNX has its own, in float32."""
        return asked_folder(self.model(model), inference)

    def build(self, model: str, system: str) -> Path:
        """The runnable package of a system."""
        return below(self.root / "build", model, system)

    def precompiled(self, project: str) -> Path:
        """What became of a server, or of the calibration's programs, that was compiled before there was a model."""
        return self.root / "precompiled" / f"{project}.json"

    def generator(self, generator: str) -> Path:
        """The folder of a generator."""
        return below(self.root / "generators", generator)

    def on(self, node: str | None) -> "StudyPaths":
        """The same study as a node of a cluster sees it; None where no cluster placed us."""
        return replace(self, node=node)

    @property
    def on_each_node(self) -> list["StudyPaths"]:
        """The study as each node sees it that was calibrated for it; as it is too where no cluster placed one."""
        everywhere = self.on(None)
        folder = self.root / "calibration"
        nodes = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
        unplaced = [everywhere] if not nodes or everywhere.machine_calibration.exists() else []
        return [*unplaced, *map(self.on, nodes)]

    @property
    def calibrations(self) -> Path:
        """The folder of the calibrations: a node has its own."""
        folder = self.root / "calibration"
        return folder if self.node is None else folder / self.node

    @property
    def machine_calibration(self) -> Path:
        """What was heard of the machine before anything was measured."""
        return self.calibrations / "this_machine.json"

    def calibration(self, generator: str) -> Path:
        """A generator's calibration."""
        return below(self.calibrations, f"{generator}.json")

    @property
    def meter_calibration(self) -> Path:
        """The meter's calibration; no generator's name has an underscore."""
        return self.calibrations / "server_meter.json"

    @property
    def agreement_calibration(self) -> Path:
        """How the generators agree with each other."""
        return self.root / "calibration" / "generator_agreement.json"

    @property
    def interval_check(self) -> Path:
        """How often intervals hold the truth in trials drawn from the recorded spread."""
        return self.root / "calibration" / "interval_check.json"

    def check(self, model: str, system: str) -> Path:
        """The outcome of contract and parity."""
        return below(self.root / "check", model, f"{system}.json")

    def check_rows(self, model: str, system: str, rows: int) -> Path:
        """The outcome of parity with several rows a request."""
        return self.root / "check" / model / system / f"rows-{rows}.json"

    def profile(self, model: str, system: str) -> Path:
        """The folder of a system's profile."""
        return below(self.root / "profile", model, system)

    def trials(self, model: str) -> Path:
        """The folder of a model's trials."""
        return below(self.root / "trials", model)

    def trial(self, model: str, system: str, generator: str, load_point: str, repeat: int) -> Path:
        """The folder of one trial's raw files."""
        return below(self.trials(model), system, generator, load_point, str(repeat))
