"""servers/protocols/<name>.yaml: how rows become a request, and where in its answer the predictions stand."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
    model_validator,
)

from servebench.config_words import describe_mistakes
from servebench.errors import ServebenchError
from servebench.files import read_yaml
from servebench.paths import PROTOCOLS
from servebench.protocol.pointer import is_pointer
from servebench.protocol.template import (
    ASK_MANY,
    ASK_ONE,
    INDICES,
    PREDICTIONS_OF_MANY,
    PREDICTIONS_OF_ONE,
    PROBABILITIES,
    TOLD_OF_MANY,
    TOLD_OF_ONE,
    placeholders,
)
from servebench.texts import HeaderName, HeaderText, Line, Name, UrlPath, require_name

SERVEBENCH = "servebench"
SUFFIX = ".yaml"
# In a pointer it stands for the row's number, from 0 on: one pointer a row.
INDEX = "{index}"
# The connection's own affairs, which each generator settles with the server.
RESERVED_HEADERS = ("host", "content-length", "transfer-encoding", "connection")


class Carried(StrEnum):
    """What a body can hold as a value of a row."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    NULL = "null"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Answer = Annotated[dict[str, JsonValue], Field(min_length=1)]


class Variant(_Strict):
    """What is otherwise for some models; what it does not give stays."""

    body: JsonValue = Field(None, description="instead of the other body")
    answer: Answer | None = Field(None, description="instead of the other answer")


class Exchange(_Strict):
    """A request and what its answer holds, both as templates."""

    body: JsonValue = Field(description="JSON in which texts such as {rows} and {columns} stand for values")
    answer: Answer = Field(description="JSON pointers, and the template of what stands there in a right answer")
    of_frames: Variant | None = Field(None, description="of a model that was trained on a frame with names")
    with_probabilities: Variant | None = Field(None, description="of a model that tells probabilities; comes last")

    def resolved(self, is_of_frames: bool, has_probabilities: bool) -> "Exchange":
        """The exchange for one kind of model, without variants."""
        asked = ((self.of_frames, is_of_frames), (self.with_probabilities, has_probabilities))
        body, answer = self.body, self.answer
        for variant, is_wanted in asked:
            if variant is not None and is_wanted:
                body = body if variant.body is None else variant.body
                answer = answer if variant.answer is None else variant.answer
        return Exchange(body=body, answer=answer, of_frames=None, with_probabilities=None)

    @property
    def has_class_indices(self) -> bool:
        """Whether the answer tells the number of a class and not its label."""
        return bool(placeholders(list(self.answer.values())) & INDICES)

    def mistakes(self, ask: Iterable[str], told: Iterable[str], predictions: Iterable[str]) -> list[str]:
        """What is wrong with its templates, where a body may hold `ask` and an answer `told`."""
        found = []
        variants = [variant for variant in (self.of_frames, self.with_probabilities) if variant is not None]
        for body in [self.body, *(variant.body for variant in variants)]:
            found += _unknown("body", body, ask)
        others = [] if self.of_frames is None else [self.of_frames.answer]
        for answer in [self.answer, *others]:
            found += _mistakes_of_answer(answer, set(told) - PROBABILITIES, predictions)
        if self.with_probabilities is not None:
            found += _mistakes_of_answer(self.with_probabilities.answer, told, predictions)
        return found


def _mistakes_of_answer(answer: Answer | None, told: Iterable[str], predictions: Iterable[str]) -> list[str]:
    if answer is None:
        return []
    found = [
        f"answer: '{pointer}' is no JSON pointer such as /outputs/0/data" for pointer in answer if not _is(pointer)
    ]
    has_prediction = False
    for pointer, template in answer.items():
        is_of_a_row = INDEX in pointer
        found += _unknown(f"answer: {pointer}", template, _of_a_row(told) if is_of_a_row else told)
        has_prediction |= bool(placeholders(template) & set(PREDICTIONS_OF_ONE if is_of_a_row else predictions))
    if not has_prediction:
        found.append(f"answer: no prediction is in it: put {' or '.join(sorted(predictions))} where it stands")
    return found


def _of_a_row(told: Iterable[str]) -> set[str]:
    """What may stand at one row's own pointer, where the whole answer may hold `told`."""
    return set(PREDICTIONS_OF_ONE) | (set(told) & set(TOLD_OF_ONE))


def _is(pointer: str) -> bool:
    return is_pointer(pointer.replace(INDEX, "0"))


def _unknown(place: str, template: Any, known: Iterable[str]) -> list[str]:
    unknown = sorted(placeholders(template) - set(known))
    return [f"{place}: '{text}' has no meaning there; known: {', '.join(sorted(known))}" for text in unknown]


class Protocol(_Strict):
    """How a row becomes a request and an answer a prediction."""

    title: Line = Field(description="what it is, in a few words of people")
    method: Literal["POST", "PUT"] = "POST"
    path: UrlPath = Field(description="where predictions are asked for, such as /predict")
    headers: dict[HeaderName, HeaderText] = {"Content-Type": "application/json"}
    health: UrlPath | None = Field(None, description="where a server answers 200 that says no other path")
    carries: list[Carried] = Field(
        [*Carried], min_length=1, description="the values that a body can hold; a model with others is not measured"
    )
    column_order: Literal["trained", "sample"] = Field(
        "trained", description="of the values in a row: as the model was trained on, or as its sample has them"
    )
    one_row: Exchange | None = Field(None, description="one row a request; where it is missing, `many_rows` with one")
    many_rows: Exchange | None = Field(
        None, description="several rows a request; where it is missing, the protocol takes one"
    )

    @field_validator("headers")
    @classmethod
    def _headers_can_be_sent(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if name.lower() in RESERVED_HEADERS:
                raise ValueError(f"'{name}' is written by the generators: leave it out")
        return value

    @model_validator(mode="after")
    def _templates_are_known(self) -> "Protocol":
        if self.one_row is None and self.many_rows is None:
            raise ValueError("one_row and many_rows are both missing: say what a request is")
        for name, exchange, *known in (
            ("one_row", self.one_row, ASK_ONE, TOLD_OF_ONE, PREDICTIONS_OF_ONE),
            ("many_rows", self.many_rows, ASK_MANY, TOLD_OF_MANY, PREDICTIONS_OF_MANY),
        ):
            found = [] if exchange is None else exchange.mistakes(*known)
            if found:
                raise ValueError("; ".join(f"{name}: {mistake}" for mistake in found))
        return self


KNOWN_KEYS: dict[str, Iterable[str]] = {
    "": Protocol.model_fields,
    "one_row": Exchange.model_fields,
    "many_rows": Exchange.model_fields,
}


def known_protocols() -> list[str]:
    """The names of the descriptions; raises ServebenchError where one has no name to be called by."""
    names = sorted(path.stem for path in PROTOCOLS.glob(f"*{SUFFIX}"))
    return [require_name(f"a description of servers/{PROTOCOLS.name}/", name) for name in names]


def load_protocol(name: str) -> Protocol:
    """Read a description; raises ServebenchError, in one line, where there is none or it is wrong."""
    path = PROTOCOLS / f"{name}{SUFFIX}"
    try:
        raw: Any = read_yaml(path, "mend this line")
    except FileNotFoundError:
        raise ServebenchError(f"protocol: {unknown_protocol(name)}") from None
    try:
        return Protocol.model_validate(raw)
    except ValidationError as error:
        mistakes = "; ".join(describe_mistakes(error, raw, KNOWN_KEYS))
        raise ServebenchError(f"servers/{PROTOCOLS.name}/{path.name}: {mistakes}") from None


def unknown_protocol(name: str) -> str:
    """That there is no such protocol, and which there are."""
    return f"no protocol '{name}' in servers/{PROTOCOLS.name}/; there are: {', '.join(known_protocols())}"


def _known(name: str) -> str:
    if name not in known_protocols():
        raise ValueError(unknown_protocol(name))
    return name


ProtocolName = Annotated[Name, AfterValidator(_known)]
