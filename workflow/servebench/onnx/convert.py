"""A model as ONNX: converted by skl2onnx, compared with the estimator, with golden answers of its own.

Its folder is a model's folder in every respect, so that whatever asks a model can ask this one: the golden answers are
ONNX Runtime's, which under load must come back as exactly as any other's.
"""

import json
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib

from servebench.answers import GOLDEN_STEP
from servebench.build.request import Unavailable
from servebench.files import read_json, write_json
from servebench.hashes import files_of, forget_hashes, write_hashes
from servebench.model.answers import predicts_most_probable, to_answers
from servebench.model.contract import ModelContract
from servebench.model.folder import read_estimator, write_folder
from servebench.onnx.converted import to_onnx
from servebench.onnx.estimator import OnnxEstimator
from servebench.onnx.parity import compare
from servebench.paths import GOLDEN, MANIFEST, MODEL, ONNX_MODEL, PAYLOADS
from servebench.words import BuildStatus

PACKAGES = ("onnx", "onnxruntime", "skl2onnx")


def convert_model(model: Path, folder: Path, threads: int) -> dict[str, Any]:
    """Write model.onnx with its golden answers and manifest.json into `folder`; ONNX Runtime has so many threads.

    Where the estimator cannot be converted, the manifest says `unavailable`, with the reason and the remedy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    forget_hashes(folder)
    try:
        return _convert(model, folder, threads)
    except Unavailable as reason:
        for name in (MODEL, PAYLOADS, GOLDEN):
            shutil.copyfile(model / name, folder / name)
        manifest = {**read_json(model / MANIFEST), **reason.manifest}
    write_json(folder / MANIFEST, manifest)
    write_hashes(folder, files_of(folder))
    return manifest


def _convert(model: Path, folder: Path, threads: int) -> dict[str, Any]:
    estimator = read_estimator(model)
    manifest = read_json(model / MANIFEST)
    contract = ModelContract.of_manifest(manifest)
    bodies = (model / PAYLOADS).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(body)["features"] for body in bodies]
    expected = to_answers(estimator, contract, rows)
    converted = _on_threads(estimator, threads) or to_onnx(estimator, contract, expected[0], threads)
    found = to_answers(converted, contract, rows)
    if contract.classes is not None:
        contract = contract.model_copy(
            update={"predicts_most_probable": predicts_most_probable(found, contract.classes)}
        )
    # One by one, as a server asks: a batch may be rounded otherwise.
    golden = [to_answers(converted, contract, [row])[0] for row in rows[::GOLDEN_STEP]]
    joblib.dump(converted, folder / MODEL)
    (folder / ONNX_MODEL).write_bytes(converted.content)
    facts = {
        "status": BuildStatus.BUILT,
        "model_hash": manifest["sha256"][MODEL],
        "threads": threads,
        "onnx": converted.layout.as_manifest(contract.training_order),
        "opset": _opset(converted.content),
        "packages": {name: version(name) for name in PACKAGES},
        "parity": compare(found, expected).model_dump(),
    }
    return write_folder(folder, contract, bodies, golden, facts)


def _on_threads(estimator: Any, threads: int) -> OnnxEstimator | None:
    """An .onnx file's own model; None where there is one to convert."""
    if not isinstance(estimator, OnnxEstimator):
        return None
    names = getattr(estimator, "feature_names_in_", None)
    return OnnxEstimator(estimator.content, estimator.layout, names, threads)


def _opset(content: bytes) -> Mapping[str, int]:
    """The version of each set of operators."""
    import onnx

    found = onnx.load_from_string(content)
    return {one.domain or "ai.onnx": int(one.version) for one in found.opset_import}
