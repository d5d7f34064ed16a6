"""Compiled code of a model: generated, compiled, and proven equal to scikit-learn."""

import json
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from servebench.build.request import Unavailable
from servebench.build.toolchain import NO_C_COMPILER, NO_COMPILER_REMEDY, compiler_version, find_compiler, run_tool
from servebench.compiled.library import HEADER, SHARED_LIBRARY, STATIC_LIBRARY, CompiledModel
from servebench.compiled.preparation import cannot_compile
from servebench.compiled.source import write_source
from servebench.files import read_json, sha256_parts, write_json
from servebench.hashes import files_of, forget_hashes, write_hashes
from servebench.machine import read_topology
from servebench.model.contract import ModelContract
from servebench.model.folder import read_estimator
from servebench.model.inputs import to_inputs
from servebench.onnx.only import require_taken
from servebench.paths import MANIFEST, MODEL, PAYLOADS
from servebench.words import BuildStatus, Inference

FLAGS = ("-std=c11", "-O2", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off")
TOLERANCE = 1e-12


def compile_model(model_folder: Path, folder: Path, cache: Path) -> dict[str, Any]:
    """Write the static and the shared library of a model into `folder`, with manifest.json.

    Without a compiler, for an estimator that cannot be compiled, and where the compiled answers differ from
    scikit-learn's, the manifest says `unavailable`, with the reason and the remedy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    forget_hashes(folder)
    compiler = find_compiler("c")
    try:
        if compiler is None:
            raise Unavailable(NO_C_COMPILER, NO_COMPILER_REMEDY)
        manifest = _compile(compiler, model_folder, folder, cache)
    except Unavailable as reason:
        manifest = reason.manifest
    write_json(folder / MANIFEST, manifest)
    write_hashes(folder, files_of(folder))
    return manifest


def _compile(compiler: str, model_folder: Path, folder: Path, cache: Path) -> dict[str, Any]:
    estimator = read_estimator(model_folder)
    manifest = read_json(model_folder / MANIFEST)
    require_taken(manifest, Inference.COMPILED)
    model_hash, contract = manifest["sha256"][MODEL], ModelContract.of_manifest(manifest)
    with tempfile.TemporaryDirectory() as scratch:
        sources = write_source(estimator, contract, model_hash, Path(scratch))
        texts = [path.read_bytes() for path in sorted(Path(scratch).iterdir()) if path.suffix in (".c", ".h")]
        version = compiler_version(compiler)
        key = sha256_parts([version, *FLAGS, *texts])
        built = cache / "compiled" / key
        if not built.exists():
            _compile_into(compiler, sources, built)
    for name in (STATIC_LIBRARY, SHARED_LIBRARY, HEADER.name):
        shutil.copy2(built / name, folder / name)
    return {
        "status": BuildStatus.BUILT,
        "model_hash": model_hash,
        "compiler": version,
        "flags": list(FLAGS),
        "key": key,
        "parity": prove_parity(estimator, contract, model_folder, folder / SHARED_LIBRARY),
    }


def _compile_into(compiler: str, sources: list[Path], built: Path) -> None:
    """Compile next to `built` and rename, so that an interrupted build leaves nothing half done."""
    built.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=built.parent) as scratch:
        target = Path(scratch) / "out"
        target.mkdir()
        objects = [target / f"{source.stem}.o" for source in sources]
        commands = [
            [compiler, *FLAGS, "-c", str(source), "-o", str(output)]
            for source, output in zip(sources, objects, strict=True)
        ]
        with ThreadPoolExecutor(max_workers=len(read_topology())) as pool:
            list(pool.map(run_tool, commands))
        files = [str(path) for path in objects]
        run_tool(["ar", "rcs", str(target / STATIC_LIBRARY), *files])
        run_tool([compiler, "-shared", "-o", str(target / SHARED_LIBRARY), *files, "-lm"])
        for path in objects:
            path.unlink()
        shutil.copy2(HEADER, target / HEADER.name)
        if not built.exists():
            target.rename(built)


def prove_parity(estimator: Any, contract: ModelContract, model_folder: Path, library: Path) -> dict[str, Any]:
    """Compare the library with scikit-learn on the whole payload pool.

    Labels must be equal on every row, probabilities and predicted values within 1e-12 (relative
    to the largest value for a regression). Returns the counts and the largest difference; raises Unavailable
    where one is too large.
    """
    lines = (model_folder / PAYLOADS).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line)["features"] for line in lines]
    labels, outputs = CompiledModel.load(library).predict(np.array(rows, dtype=np.float64))
    inputs = to_inputs(contract, rows)
    if contract.classes is not None:
        expected = estimator.predict_proba(inputs)
        wrong_labels = int(np.sum(labels != estimator.predict(inputs)))
        scale = 1.0
    else:
        expected = estimator.predict(inputs).reshape(-1, 1)
        wrong_labels = 0
        scale = max(float(np.max(np.abs(expected))), np.finfo(np.float64).tiny)
    difference = float(np.max(np.abs(outputs - expected))) / scale
    if wrong_labels or not difference <= TOLERANCE:
        raise cannot_compile(
            f"differs from scikit-learn on {model_folder.name}: {wrong_labels} of {len(rows)} labels, largest "
            f"difference {difference:.3g}"
        )
    return {
        "inputs": len(rows),
        "wrong_labels": wrong_labels,
        "largest_difference": difference,
        "bit_exact": bool(np.array_equal(outputs, expected)),
    }
