"""The CPU that a prediction uses, as the plots of its inverse and of its price read it."""

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.plots.frames import cell_frame, panel_a_load
from servebench.report.plots.told_load import at_told_load

CPU, CPU_LOW, CPU_HIGH = "cpu_us_per_row", "cpu_us_per_row_low", "cpu_us_per_row_high"


def cpu_per_prediction(data: StudyData) -> pd.DataFrame:
    """The metered cells at the answer's load and at the highest rate, each with what a prediction used."""
    frame = panel_a_load(cell_frame(at_told_load(data, data.measured_cells), [CPU]))
    return frame[frame[CPU] > 0]
