"""Generated requests: made by schemathesis from the contract's document, judged by the model itself."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.generation import GenerationMode
from servebench.answers import answer_differs
from servebench.errors import ServebenchError
from servebench.model.answers import to_answers
from servebench.model.contract import ModelContract
from servebench.paths import MODEL, SERVERS

from support.subjects import PATIENCE_S, Complaint

DOCUMENT = SERVERS / "contract" / "openapi.yaml"
SEED = 20_261
REFUSALS = (400, 413, 415, 422)
# In the document's words, what a generated body may hold beside the number of features that the model takes.
FEATURE = {"type": "number", "minimum": -1e6, "maximum": 1e6}


def predictions(n_features: int) -> Any:
    """The operation `POST /predict`; half of its valid rows have as many features as the model."""
    document = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    features = document["components"]["schemas"]["PredictRequest"]["properties"]["features"]
    row = {"type": "array", "items": FEATURE, "minItems": n_features, "maxItems": n_features}
    document["components"]["schemas"]["PredictRequest"]["properties"]["features"] = {"anyOf": [row, features]}
    return schemathesis.openapi.from_dict(document)["/predict"]["POST"]


@dataclass(frozen=True)
class Judge:
    """Knows the answer to every body: what the estimator says of its row, or that it is no row."""

    estimator: Any
    contract: ModelContract

    @classmethod
    def of_model(cls, model: Path) -> "Judge":
        """The judge of a model's folder."""
        return cls(joblib.load(model / MODEL), ModelContract.read(model))

    def complaint(self, status: int, sent: bytes, said: bytes) -> Complaint | None:
        """What is wrong with an answer to a body."""
        if status in REFUSALS:
            return Complaint("a valid row is refused") if self._answer_to(sent) is not None else None
        if status != 200:
            return Complaint(f"status {status}")
        expected = self._answer_to(sent)
        if expected is None:
            return None if _has_rows(sent) else Complaint("status 200 to what is no row")
        try:
            is_wrong = answer_differs(json.loads(said), expected)
        except ValueError:
            return Complaint("no JSON to a valid row", is_grave=True)
        return Complaint("a wrong prediction", is_grave=True) if is_wrong else None

    def _answer_to(self, sent: bytes) -> dict[str, Any] | None:
        row = self._row(sent)
        if row is None:
            return None
        try:
            return to_answers(self.estimator, self.contract, [row])[0]
        except (ServebenchError, ValueError):
            return None

    def _row(self, sent: bytes) -> Sequence[Any] | None:
        """The features in a body, where the model takes them."""
        body = _parsed(sent)
        # Both keys at once are refused by the contract.
        row = body.get("features") if isinstance(body, dict) and "rows" not in body else None
        if not isinstance(row, list) or len(row) != len(self.contract.columns):
            return None
        return row if all(map(lambda column, value: column.takes(value), self.contract.columns, row)) else None


def _parsed(sent: bytes) -> Any:
    try:
        return json.loads(sent, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _has_rows(sent: bytes) -> bool:
    """Whether a body holds several rows, which are not judged here."""
    body = _parsed(sent)
    return isinstance(body, dict) and "rows" in body


@dataclass
class Tally:
    """What came of the generated requests: how many had each status, and the complaints with an example each."""

    statuses: Counter[int] = field(default_factory=Counter)
    complaints: dict[str, tuple[Complaint, bytes]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, complaint: Complaint | None, sent: bytes) -> None:
        """Count an answer's complaint; the shortest body stays as the example."""
        if complaint is None:
            return
        self.counts[complaint.text] += 1
        known = self.complaints.get(complaint.text)
        if known is None or len(sent) < len(known[1]):
            self.complaints[complaint.text] = complaint, sent

    @property
    def worst(self) -> Complaint | None:
        """A grave complaint, else the most frequent one, with its count and example."""
        if not self.complaints:
            return None
        text = max(self.complaints, key=lambda text: (self.complaints[text][0].is_grave, self.counts[text]))
        complaint, sent = self.complaints[text]
        return Complaint(f"{text}: {self.counts[text]} times, such as to {sent[:200]!r}", complaint.is_grave)

    def __str__(self) -> str:
        return ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))


def ask_generated(port: int, operation: Any, judge: Judge, count: int) -> Tally:
    """Ask so many requests, half of them as the document says and half against it."""
    tally = Tally()
    with requests.Session() as session:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _each(operation.as_strategy(generation_mode=mode), count // 2, _asker(port, session, judge, tally))
    return tally


def _each(strategy: Any, count: int, use: Callable[[Any], None]) -> None:
    @seed(SEED)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case: Any) -> None:
        use(case)

    ask()


def _asker(port: int, session: requests.Session, judge: Judge, tally: Tally) -> Callable[[Any], None]:
    def ask(case: Any) -> None:
        try:
            response = case.call(base_url=f"http://127.0.0.1:{port}", session=session, timeout=PATIENCE_S)
        except Exception as error:
            # The library wraps what its transport raises.
            tally.add(Complaint(f"no answer ({type(error).__name__})"), repr(case.body).encode())
            return
        sent = response.request.body or b""
        sent = sent.encode() if isinstance(sent, str) else sent
        tally.statuses[response.status_code] += 1
        tally.add(judge.complaint(response.status_code, sent, response.content), sent)

    return ask
