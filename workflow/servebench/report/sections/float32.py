"""How far the systems that compute in float32 are from the estimator, as their checks say."""

from pydantic import BaseModel

from servebench.onnx.parity import Float32Parity
from servebench.report.data import StudyData
from servebench.report.stage_file import read_stage_file
from servebench.thresholds import MOST_OTHER_ANSWERS


class _Check(BaseModel):
    """What the report says of a check; those of before compared nothing in float32."""

    float32: Float32Parity | None = None


def float32(data: StudyData) -> str:
    """A line a measured system; empty where none computes in float32."""
    lines = []
    for model, system in data.measured_cells[["model", "system"]].drop_duplicates().itertuples(index=False):
        path = data.paths.check(str(model), str(system))
        found = read_stage_file(path, _Check).float32 if path.exists() else None
        if found is not None:
            lines.append(f"- `{system}` ({model}): {found.describe()}")
    note = f"At most {MOST_OTHER_ANSWERS:.1%} of the answers may be others; under load each is compared exactly."
    return "\n\n".join(["## Answers in float32", note, "\n".join(lines)]) if lines else ""
