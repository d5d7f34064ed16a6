"""What a model of the config is: an estimator that is trained here, or a file that is there already."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from servebench.errors import ServebenchError
from servebench.files import sha256_file
from servebench.texts import NAME_LENGTH, NAME_PATTERN, UserFile, Variable, Word, visible

PICKLES = (".joblib", ".pkl", ".pickle")
SKOPS = ".skops"
ONNX = ".onnx"
MODEL_SUFFIXES = (*PICKLES, SKOPS, ONNX)
CSV = ".csv"
PARQUETS = (".parquet", ".pq")
SAMPLE_SUFFIXES = (CSV, *PARQUETS)
# Beside the other keys they name a file that is measured alone: `--config model=a.joblib sample=a.csv`.
FILE_KEYS = ("model", "sample")
EXAMPLE = "model=models/churn.joblib sample=models/churn.csv"
EXAMPLE_OF_MAKE = "make MODEL=models/churn.joblib SAMPLE=models/churn.csv"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrainedModel(_Strict):
    """One estimator trained on one data set of scikit-learn."""

    dataset: Literal["digits", "breast_cancer", "diabetes"] = Field(description="a data set of scikit-learn")
    estimator: Literal[
        "gradient_boosting",
        "random_forest",
        "extra_trees",
        "histogram_boosting",
        "logistic_regression",
        "ridge",
    ] = Field(description="what is trained on it")
    parameters: dict[Variable, int | float | Word | bool] = Field(
        {}, description="of the estimator, as scikit-learn names them"
    )
    scale: bool = Field(False, description="put a StandardScaler in front")


class Replay(_Strict):
    """The bodies of a file, in its order."""

    replay: UserFile = Field(description="file of recorded requests, one JSON body a line")


def _payload_kind(value: Any) -> str:
    return "Replay" if isinstance(value, Mapping | Replay) else "PayloadWord"


Payloads = Annotated[
    Annotated[Literal["sample", "uniform"], Tag("PayloadWord")] | Annotated[Replay, Tag("Replay")],
    Discriminator(_payload_kind),
]


class ModelFile(_Strict):
    """A file with a fitted estimator, and a sample of what it is asked."""

    path: UserFile = Field(description="the file, from where snakemake was called: .joblib, .pkl, .skops or .onnx")
    sample: UserFile = Field(description="CSV or Parquet whose columns are the model's, without the target")
    payloads: Payloads = Field(
        "sample", description="`sample`: its rows; `uniform`: drawn inside its columns' ranges; or recorded requests"
    )

    @model_validator(mode="before")
    @classmethod
    def _is_not_trained_too(cls, value: Any) -> Any:
        """A file is not trained: the keys of the other kind have no meaning."""
        mixed = [key for key in TrainedModel.model_fields if isinstance(value, Mapping) and key in value]
        if mixed:
            raise ValueError(f"give either path and sample, or dataset and estimator, not path with {', '.join(mixed)}")
        return value

    @field_validator("path")
    @classmethod
    def _is_a_model(cls, value: str) -> str:
        return _with_suffix(value, MODEL_SUFFIXES)

    @field_validator("sample")
    @classmethod
    def _is_a_table(cls, value: str) -> str:
        return _with_suffix(value, SAMPLE_SUFFIXES)

    @property
    def files(self) -> dict[str, Path]:
        """The files by the key that names each."""
        named = {"path": Path(self.path), "sample": Path(self.sample)}
        return named | ({"payloads": Path(self.payloads.replay)} if isinstance(self.payloads, Replay) else {})

    @property
    def hashes(self) -> dict[str, str]:
        """The SHA-256 of each file, by its key."""
        return {key: sha256_file(path) for key, path in self.files.items()}


def _with_suffix(value: str, suffixes: tuple[str, ...]) -> str:
    if Path(value).suffix.lower() not in suffixes:
        raise ValueError(f"'{value}' must end in one of {', '.join(suffixes)}")
    return value


def _model_kind(value: Any) -> str:
    is_mapping = isinstance(value, Mapping) and bool(value.keys() & ModelFile.model_fields.keys())
    return "ModelFile" if is_mapping or isinstance(value, ModelFile) else "TrainedModel"


ModelDefinition = Annotated[
    Annotated[TrainedModel, Tag("TrainedModel")] | Annotated[ModelFile, Tag("ModelFile")],
    Discriminator(_model_kind),
]
# What mistakes name.
MODEL_KEYS = (*TrainedModel.model_fields, *ModelFile.model_fields, *Replay.model_fields)


def model_params(definition: TrainedModel | ModelFile) -> dict[str, Any]:
    """What a rule's params hold of a model: files by their content, so that only a changed one is read again."""
    params = definition.model_dump(mode="json")
    return {**params, "files": definition.hashes} if isinstance(definition, ModelFile) else params


def with_named_file(raw: Any) -> Any:
    """A configuration whose `model` and `sample` name a file: as an entry of the catalogue that is measured alone.

    Raises ServebenchError where one of the two is missing or the file's name makes no name.
    """
    if not isinstance(raw, Mapping) or not raw.keys() & set(FILE_KEYS):
        return raw
    given = {key: raw.get(key) for key in FILE_KEYS}
    for key, value in given.items():
        if not isinstance(value, str):
            raise ServebenchError(
                f"config: {key}: a file is missing: write it like '{EXAMPLE_OF_MAKE}', "
                f"or '{EXAMPLE}' behind snakemake's --config"
            )
    name = name_of_file(str(given["model"]))
    catalogue = raw.get("model_catalogue") or {}
    entry = {"path": given["model"], "sample": given["sample"]}
    rest = {key: value for key, value in raw.items() if key not in FILE_KEYS}
    return {**rest, "models": [name], "model_catalogue": {**catalogue, name: entry}}


def name_of_file(path: str) -> str:
    """A model's name from its file's: lower-case, with hyphens."""
    name = re.sub(r"[^a-z0-9]+", "-", Path(path).stem.lower()).strip("-")[:NAME_LENGTH]
    if not re.fullmatch(NAME_PATTERN, name):
        shown = visible(path, NAME_LENGTH)
        raise ServebenchError(f"config: model: '{shown}' has no letter or digit in its name: rename the file")
    return name
