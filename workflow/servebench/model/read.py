"""From a file that the config names to the same folder that training makes."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.exceptions import NotFittedError

from servebench.answers import GOLDEN_STEP
from servebench.errors import ServebenchError
from servebench.model.answers import has_probabilities, predicts_most_probable, to_answers
from servebench.model.contract import LARGEST_FLOAT32, ModelContract
from servebench.model.definition import PICKLES, ModelFile, Replay
from servebench.model.file import describe_file, read_file
from servebench.model.folder import write_folder
from servebench.model.payloads import POOL_SIZE, draw_rows, draw_values, pool_size, read_replay, to_body
from servebench.model.sample import Sample, first_line, named, names_of, read_sample, require_columns
from servebench.onnx.estimator import OnnxEstimator
from servebench.onnx.only import ONLY
from servebench.paths import MODEL
from servebench.words import ColumnType, Inference


def read_model(definition: ModelFile, decimals: str, seed: int, folder: Path, most_payloads: int = POOL_SIZE) -> str:
    """Read a model's files and write its folder; returns what was read, in one line.

    Raises ServebenchError, in one line, where the files hold no fitted estimator that takes its sample.
    """
    path, sample_path = definition.files["path"], definition.files["sample"]
    sample = read_sample(sample_path)
    loaded = read_file(path, len(sample.columns))
    estimator = loaded.estimator
    require_columns(sample_path, sample.columns, estimator)
    contract = _contract(path, sample, estimator)
    bodies, rows = _pool(definition, sample, decimals, seed, min(most_payloads, pool_size(len(sample.columns))))
    contract = contract.model_copy(update=_answer_facts(path, estimator, contract, rows))
    # One by one, as a server asks: a batch may be rounded otherwise.
    golden = [_ask(path, estimator, contract, [row])[0] for row in rows[::GOLDEN_STEP]]
    folder.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() in PICKLES:
        shutil.copyfile(path, folder / MODEL)
    else:
        joblib.dump(estimator, folder / MODEL)
    facts = {
        "definition": definition.model_dump(mode="json"),
        "files": definition.hashes,
        "seed": seed,
        "decimals": decimals,
        "estimator": type(estimator).__name__,
        "written_by": loaded.written_by,
        **({ONLY: Inference.ONNX} if isinstance(estimator, OnnxEstimator) else {}),
    }
    write_folder(folder, contract, bodies, golden, facts)
    return describe_file(path, loaded)


def _contract(path: Path, sample: Sample, estimator: Any) -> ModelContract:
    """What is known of the answers before they were asked for."""
    columns = sample.columns
    without = ModelContract(columns=columns, trained_on=names_of(estimator))
    # A whole sample finds what single rows may not, such as a missing value.
    _ask(path, estimator, without, sample.rows)
    if not has_probabilities(estimator):
        return without
    return without.model_copy(update={"classes": tuple(estimator.classes_.tolist())})


def _pool(
    definition: ModelFile, sample: Sample, decimals: str, seed: int, count: int
) -> tuple[list[str], list[list[Any]]]:
    """The bodies of the payload pool and the rows in them."""
    if isinstance(definition.payloads, Replay):
        return read_replay(Path(definition.payloads.replay), sample.columns)
    is_uniform = definition.payloads == "uniform"
    rows = draw_values(sample, decimals, seed, count) if is_uniform else draw_rows(sample, seed, count)
    return [to_body(row) for row in rows], rows


def _answer_facts(path: Path, estimator: Any, contract: ModelContract, rows: Sequence[list[Any]]) -> dict[str, Any]:
    """What the answers to the whole pool, and to the largest number, say of the contract."""
    answers = _ask(path, estimator, contract, rows)
    return {
        "predicts_most_probable": contract.classes is None or predicts_most_probable(answers, contract.classes),
        "takes_largest": _takes_largest(estimator, contract, rows[0]),
    }


def _takes_largest(estimator: Any, contract: ModelContract, row: Sequence[Any]) -> bool:
    numbers = [index for index, column in enumerate(contract.columns) if column.type is ColumnType.NUMBER]
    if not numbers:
        return False
    largest = [LARGEST_FLOAT32 if index == numbers[0] else value for index, value in enumerate(row)]
    try:
        with np.errstate(over="ignore"):
            to_answers(estimator, contract, [largest])
    except Exception:  # An estimator may raise anything.
        return False
    return True


def _ask(path: Path, estimator: Any, contract: ModelContract, rows: Sequence[list[Any]]) -> list[dict[str, Any]]:
    """Answers of a user's estimator, whose mistakes become one line."""
    try:
        return to_answers(estimator, contract, rows)
    except ServebenchError as error:
        raise ServebenchError(f"{path}: {error}") from None
    except NotFittedError:
        raise ServebenchError(f"{path} is not fitted: save the estimator after its fit") from None
    except Exception as error:  # An estimator may raise anything.
        raise ServebenchError(f"{path} {_complaint(error, contract)}") from None


def _complaint(error: Exception, contract: ModelContract) -> str:
    text = first_line(error)
    with_null = [column.name for column in contract.columns if column.has_null]
    texts = [column.name for column in contract.columns if column.type is ColumnType.TEXT]
    if "NaN" in text and with_null:
        return f"takes no missing values, which the sample has in {named(with_null)}: fill them, or train an imputer"
    if "could not convert string to float" in text and texts:
        return (
            f"takes numbers where the sample has texts in {named(texts)}: give the columns that it was trained on, "
            "those of pandas' dtype category as Parquet, which keeps it"
        )
    if "categorical" in text:
        return (
            f"does not take the sample's categories ({type(error).__name__}: {text}): give the columns that were of "
            "pandas' dtype category in the training likewise, as Parquet, which keeps it where they are texts"
        )
    return f"does not take the sample ({type(error).__name__}: {text}): give rows like those that it was trained on"
