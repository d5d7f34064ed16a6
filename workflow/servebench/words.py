"""The words of records, tables and pages: each stands here once, with its meaning where a reader meets it."""

from enum import IntEnum, StrEnum
from typing import Self, assert_never

from servebench.thresholds import ERROR_SHARE, IDLE_CPUS, MORE_BY_TWICE, SATURATED


class Inference(StrEnum):
    """How a server asks the model."""

    SKLEARN = "sklearn"
    COMPILED = "compiled"
    ONNX = "onnx"

    @classmethod
    def _missing_(cls, value: object) -> "Inference | None":
        # Studies made before version 0.2 say `native`.
        return cls.COMPILED if value == "native" else None


class ColumnType(StrEnum):
    """What stands in one feature of a row, beside null."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"


class GeneratorKind(StrEnum):
    """Which program sends the load."""

    NATIVE = "native"
    LOCUST = "locust"
    WRK = "wrk"
    OHA = "oha"

    def named(self, name: str) -> str:
        """How a sentence calls a generator of the config to who meets it first."""
        return f"servebench's own generator `{name}`" if self is GeneratorKind.NATIVE else name


class Loop(StrEnum):
    """By which loop load is sent, and what its amount depends on."""

    CLOSED = "closed"
    OPEN = "open"
    SHARE = "share"
    OBJECTIVE = "objective"


class Phase(IntEnum):
    """The parts of a run, as the terminal counts them."""

    PREPARE = (1, "model")
    BUILD = (2, "builds and checks")
    CALIBRATE = (3, "calibration")
    TRIALS = (4, "trials")
    REPORT = (5, "report")

    title: str

    def __new__(cls, number: int, title: str) -> "Phase":
        """Keep the words beside the number."""
        phase = int.__new__(cls, number)
        phase._value_ = number
        phase.title = title
        return phase

    @property
    def label(self) -> str:
        """Which part of how many."""
        return f"[{self.value}/{len(Phase)}]"


class BuilderKind(StrEnum):
    """How a server is packaged: its files as they are, beside an environment of Python, by CMake, by a command."""

    NONE = "none"
    PYTHON = "python"
    CMAKE = "cmake"
    COMMAND = "command"


class ProfilerKind(StrEnum):
    """Which program samples where a server's CPU goes."""

    PY_SPY = "py-spy"
    PERF = "perf"


class Contract(StrEnum):
    """How much of the contract a server must keep to be measured.

    `full`: every case that its server.yaml does not excuse. `minimal`: golden answers and a health path; each case that
    it fails is found by its check and shown in the report.
    """

    FULL = "full"
    MINIMAL = "minimal"


class RowsPerRequest(StrEnum):
    """How many rows a request to a server may hold: one as `features`, or also many as `rows`."""

    ONE = "one"
    MANY = "many"


class BuildStatus(StrEnum):
    """What became of a build."""

    BUILT = "built"
    UNAVAILABLE = "unavailable"


class CheckStatus(StrEnum):
    """What became of a system's check."""

    PASSED = "passed"
    NOT_CHECKED = "not checked"


class CaseWord(StrEnum):
    """What became of one case of the contract."""

    PASSED = "passed"
    FAILED = "failed"
    EXCUSED = "excused"
    NOT_PROMISED = "not promised"


class Outcome(StrEnum):
    """What became of a trial."""

    MEASURED = "measured"
    SERVER_DIED = "server died"
    NOT_MEASURED = "not measured"
    NOT_NEEDED = "not needed"

    @property
    def is_with_load(self) -> bool:
        """Whether a server was started and loaded."""
        return self in (Outcome.MEASURED, Outcome.SERVER_DIED)


class CalibrationStatus(StrEnum):
    """What became of a calibration."""

    MEASURED = "measured"
    NOT_MEASURED = "not measured"
    NOT_YET = "not measured yet"


class Told(StrEnum):
    """A word with the meaning that README and page print."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> "Told":
        """Keep the meaning beside the value."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.meaning = meaning
        return word

    @classmethod
    def of(cls, value: str) -> Self:
        """The word that stands in a table; ValueError where it is none."""
        for word in cls:
            if word == value:
                return word
        raise ValueError(f"'{value}' is none of: {', '.join(cls)}")


class Waiting(Told):
    """How a generator waits for answers, which the server pays for too."""

    ASLEEP = (
        "asleep",
        "each answer must wake it, inside the server's own send: a saturated server that works 20 µs a request uses 28 "
        "µs, for wrk or for ours (`make bench-loadgen`)",
    )
    SPINNING = (
        "spinning",
        "it asks again and again and is never woken: that server uses 24 µs a request; a client on another host wakes "
        "nobody in the server's send either",
    )


class VerdictWord(Told):
    """What may be claimed of one cell's throughput, or of its latencies."""

    CAPACITY = (
        "capacity",
        f"the CPUs that the server can use were idle for at most {IDLE_CPUS * 100:.0f} % of the window (where that is "
        f"not known: it used at least {SATURATED * 100:.0f} % of them), and the generator was not at its limit",
    )
    SERVER_LIMITED = (
        "server-limited",
        "its CPUs were idle, or nothing meters them, and yet twice the users bring under "
        f"{MORE_BY_TWICE * 100:.0f} % more: a lock, I/O, one hot thread or what is not metered is its limit, and "
        "what it serves its capacity",
    )
    GENERATOR_BOUND = ("generator-bound", "a lower bound, printed as ≥: the generator was the limit")
    BELOW_CAPACITY = (
        "below capacity",
        "few users wait for each other, or an open loop's rate is held: the latency is valid, the throughput is no "
        "capacity",
    )
    OVERLOAD = (
        "overload",
        f"an open loop's server did not keep up, or more than {ERROR_SHARE * 100:.0f} % of its answers were errors",
    )
    GENERATOR_LATE = ("generator late", "an open loop's generator did not keep up: latencies are upper bounds")
    CAPACITY_AT_OBJECTIVE = (
        "capacity at objective",
        "the highest rate found that keeps the config's latency objective, searched anew in each block",
    )
    DISTURBED = (
        "disturbed",
        "server or generator waited for a CPU, or the machine was taken away, also when the window was made again: "
        "latencies are upper bounds",
    )
    INCONCLUSIVE = ("inconclusive", "the evidence does not decide, with the reason")

    @property
    def is_capacity(self) -> bool:
        """Whether the throughput is what the system can do, so that two of them may be contrasted."""
        match self:
            case VerdictWord.CAPACITY | VerdictWord.CAPACITY_AT_OBJECTIVE | VerdictWord.SERVER_LIMITED:
                return True
            case VerdictWord.GENERATOR_BOUND | VerdictWord.GENERATOR_LATE | VerdictWord.OVERLOAD:
                return False
            case VerdictWord.BELOW_CAPACITY | VerdictWord.DISTURBED | VerdictWord.INCONCLUSIVE:
                return False
            case _:
                assert_never(self)

    @property
    def is_undecided(self) -> bool:
        """Whether nothing may be claimed of the system, as the evidence does not say whose figure it is."""
        match self:
            case VerdictWord.INCONCLUSIVE | VerdictWord.DISTURBED:
                return True
            case VerdictWord.CAPACITY | VerdictWord.CAPACITY_AT_OBJECTIVE | VerdictWord.SERVER_LIMITED:
                return False
            case VerdictWord.BELOW_CAPACITY:
                return False
            case VerdictWord.GENERATOR_BOUND | VerdictWord.GENERATOR_LATE | VerdictWord.OVERLOAD:
                return False
            case _:
                assert_never(self)

    @property
    def limit(self) -> str | None:
        """What kept the throughput from being larger, where the word says it."""
        match self:
            case VerdictWord.CAPACITY:
                return "the server's CPUs"
            case VerdictWord.SERVER_LIMITED:
                return "the server, but not by its CPUs"
            case VerdictWord.GENERATOR_BOUND:
                return "the load generator, not by the server"
            case VerdictWord.CAPACITY_AT_OBJECTIVE:
                return "the latency objective"
            case VerdictWord.BELOW_CAPACITY | VerdictWord.OVERLOAD | VerdictWord.GENERATOR_LATE:
                return None
            case VerdictWord.DISTURBED | VerdictWord.INCONCLUSIVE:
                return None
            case _:
                assert_never(self)

    @property
    def holds_rate(self) -> bool:
        """Whether the latencies are the server's own at the rate that was asked."""
        return self is VerdictWord.BELOW_CAPACITY


class Bound(StrEnum):
    """On which side of a figure the true value lies."""

    AT_LEAST = "at least"
    AT_MOST = "at most"

    @property
    def mark(self) -> str:
        """The sign in front of the figure."""
        return "≥" if self is Bound.AT_LEAST else "≤"

    @property
    def turned(self) -> "Bound":
        """The side of the inverse."""
        return Bound.AT_MOST if self is Bound.AT_LEAST else Bound.AT_LEAST


class ConclusionKind(StrEnum):
    """What a conclusion is of: one system, or two."""

    FIGURE = "figure"
    RATIO = "ratio"


class ContrastWord(Told):
    """What may be claimed of the ratio of two systems."""

    DIFFERENT = ("different", "they differ by more than the smallest effect: the whole interval lies beyond it")
    SAME = ("the same", "they differ by less than the smallest effect: the whole interval lies within it")
    LOWER_BOUND = ("a lower bound", "the generator limited the first system: the true ratio is larger")
    UPPER_BOUND = ("an upper bound", "the generator limited the second system: the true ratio is smaller")
    UNDECIDED = ("undecided", "neither may be claimed, with the reason")

    @classmethod
    def of(cls, value: str) -> Self:
        """The word that stands in a table, also in one of version 0.1; ValueError where it is none."""
        return super().of("undecided" if value == "inconclusive" else value)

    @property
    def turned(self) -> "ContrastWord":
        """What may be claimed of the inverse ratio."""
        match self:
            case ContrastWord.LOWER_BOUND:
                return ContrastWord.UPPER_BOUND
            case ContrastWord.UPPER_BOUND:
                return ContrastWord.LOWER_BOUND
            case ContrastWord.DIFFERENT | ContrastWord.SAME | ContrastWord.UNDECIDED:
                return self
            case _:
                assert_never(self)

    @property
    def is_said_by_interval(self) -> bool:
        """Whether the interval beside it is the reason."""
        return self in (ContrastWord.DIFFERENT, ContrastWord.SAME)

    @property
    def bound(self) -> Bound | None:
        """On which side alone the true ratio lies; None where it is no bound."""
        return {ContrastWord.LOWER_BOUND: Bound.AT_LEAST, ContrastWord.UPPER_BOUND: Bound.AT_MOST}.get(self)

    @property
    def is_bound(self) -> bool:
        """Whether the true ratio lies on one side only."""
        return self.bound is not None


class Advice(StrEnum):
    """What to do about a warning."""

    GENERATOR = "give the generator more CPUs, or take a faster one"
    SERVER = "see what failed in the server's log"
    USERS = "ask fewer users, or a longer warm-up: not all were served"
    REPEATS = "measure more repeats, or longer windows"
    WARM_UP = "measure a longer warm-up: the server was not in its steady state"
    QUIET = "measure on a quiet machine"
    KEEP_ALIVE = "let the server keep connections alive, where it can"
    QUOTA = "raise the quota of CPU"
    PINNING = "pin server and generator to CPUs of their own"


class Comparable(StrEnum):
    """Where two systems may be compared in a metric."""

    CAPACITIES = "capacities"
    HELD_RATES = "held rates"
    ALWAYS = "always"


class ClaimWord(Told):
    """What became of a claim of the article."""

    REPLICATED = ("replicated", "our interval, or figure, agrees with the claim as it is worded")
    NOT_REPLICATED = ("not replicated", "our interval, or figure, excludes the claim")
    GENERATOR_BOUND = (
        "generator-bound",
        "the figure is the generator's: a bound that does not exclude the claim, or mostly its own time",
    )
    INCONCLUSIVE = ("inconclusive", "our figures do not decide, with the reason")


class GateWord(Told):
    """What became of a rule of `make gate`."""

    PASSED = ("passed", "the whole interval keeps the limit, of every cell that the rule names")
    FAILED = ("failed", "the whole interval of a cell breaks the limit")
    UNDECIDED = ("undecided", "an interval holds the limit, or nothing says where the figure lies, with the reason")


class ChangeWord(Told):
    """What became of a figure from one study to another."""

    BETTER = ("better", "by more than the smallest effect: the whole interval lies beyond it")
    WORSE = ("worse", "by more than the smallest effect: the whole interval lies beyond it")
    SAME = ("same", "within the smallest effect: the whole interval lies there")
    UNDECIDED = ("undecided", "none of these may be said, with the reason")
