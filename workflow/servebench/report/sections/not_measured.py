"""First of all: which systems have no figures, why, and what would help."""

from servebench.report.data import StudyData
from servebench.report.format import MISSING


def not_measured(data: StudyData) -> str:
    """One line a model and system without a measured trial."""
    absent = data.cells[(data.cells["repeats"] == 0) & data.cells["reason"].notna()]
    lines = [
        f"- **{row['system']}** ({row['model']}) was not measured: {row['reason']}. Remedy: {row['remedy'] or MISSING}."
        for _, row in absent.drop_duplicates(["model", "system"]).iterrows()
    ]
    return "\n".join(lines)
