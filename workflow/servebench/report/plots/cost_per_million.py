"""What a million predictions cost, by the price of a CPU's hour."""

from typing import Any

import pandas as pd

from servebench.config import Config
from servebench.report.answer.cost import MILLION, cost_per_million
from servebench.report.data import StudyData
from servebench.report.plots.cpu_per_prediction import CPU, CPU_HIGH, CPU_LOW, cpu_per_prediction
from servebench.report.plots.dots import DotPlot
from servebench.report.plots.frames import figure_texts
from servebench.report.plots.need import NOT_METERED, Need
from servebench.report.plots.plot import Plot

VALUE = "cost_per_million"


def _data(data: StudyData) -> pd.DataFrame:
    """The CPU a row at the config's price; empty without one."""
    frame, price = cpu_per_prediction(data), data.config.price_per_cpu_hour
    costs = {VALUE: CPU, f"{VALUE}_low": CPU_LOW, f"{VALUE}_high": CPU_HIGH}
    if price is None:
        return pd.DataFrame(columns=["panel", "system", *costs])
    priced = {name: frame[cpu].map(lambda us: cost_per_million(us, price)) for name, cpu in costs.items()}
    frame = frame.assign(**priced).drop(columns=[CPU, CPU_LOW, CPU_HIGH])
    return frame.assign(figure=figure_texts(frame, VALUE), note=frame["verdict"])


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    price = data.config.price_per_cpu_hour
    return DotPlot(data, frame, VALUE, f"cost of {MILLION:,} predictions, at {price:g} for an hour of a CPU").draw()


def _has_price(config: Config) -> bool:
    return config.price_per_cpu_hour is not None


PLOT = Plot(
    "cost_per_million",
    f"What {MILLION:,} predictions cost in CPU that is used, {{confidence}} interval",
    "Further left is cheaper, on a logarithmic axis, in the currency of the config's price. Only CPU that the server "
    "used counts, known also where the load generator was the limit; CPUs that idle, memory and network cost too.",
    _data,
    _draw,
    Need(NOT_METERED, "a price", "price_per_cpu_hour", _has_price),
)
