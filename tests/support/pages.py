"""Small made-up studies with their plots, as the page reads them, and the same made as large as a long study."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
from servebench.files import read_json, write_json
from servebench.paths import MANIFEST, StudyPaths
from servebench.report.data import load_study
from servebench.report.page.write import render_page
from servebench.report.plots.write import write_plots

from support.trials import make_study, make_trial

# A name that must never be more than text.
HOSTILE = "<script>alert(1)</script>"
SYSTEMS = ("fastapi", "fastapi-compiled", "beast", HOSTILE)
POINTS = ("users-1", "users-64", "rate-300")
TRAINED = {
    "definition": {"estimator": "gradient_boosting", "dataset": "digits"},
    "n_features": 64,
    "held_out": {"metric": "accuracy", "value": 0.95},
}


def drawn_study(folder: Path) -> StudyPaths:
    """A study of four systems, one of them hostile, and one that was not measured; its plots are drawn."""
    results = [
        make_trial(folder / "trials", system, repeat, _throughput(place, point) + repeat, load_point=point, server="a")
        for place, system in enumerate(SYSTEMS)
        for point in POINTS
        for repeat in (1, 2, 3)
    ]
    results += [make_trial(folder / "trials", "crow", repeat) for repeat in (1, 2, 3)]
    paths = make_study(folder, results)
    write_json(paths.model("digits-boosting") / MANIFEST, TRAINED)
    write_plots(paths)
    return paths


def _throughput(place: int, point: str) -> float:
    return 300.0 if point == "rate-300" else 1000.0 * (place + 1) * (1 if point == "users-1" else 5)


def enlarged_page(paths: StudyPaths, trials: int, cells: int, points: int) -> str:
    """The page of that study as if it had so many trials and cells: one chart draws all trials, the others `points`."""
    for path in paths.plots.glob("*.json"):
        count = trials if path.stem == "order" else points
        spec = read_json(path)
        spec["datasets"] = {name: _repeated(rows, count) for name, rows in spec["datasets"].items()}
        path.write_text(json.dumps(spec))
    for path in paths.plots.glob("*.svg"):
        path.write_bytes(path.read_bytes() + b" " * 3_000_000)
    for path in paths.plots.glob("*.png"):
        path.write_bytes(path.read_bytes().ljust(300_000, b"\0"))
    data = load_study(paths)
    more = {name: _extended(getattr(data, name), cells) for name in ("cells", "contrasts")}
    return render_page(replace(data, **more))


def _repeated(rows: list[dict[str, object]], count: int) -> list[dict[str, object]]:
    """The same rows again and again, their numbers a little different each time."""
    found = (rows[place % len(rows)] for place in range(count))
    return [
        {name: value * (1 + place / 7e6) if isinstance(value, float) else value for name, value in row.items()}
        for place, row in enumerate(found)
    ]


def _extended(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    return pd.concat([frame] * (count // len(frame) + 1), ignore_index=True).head(count)
