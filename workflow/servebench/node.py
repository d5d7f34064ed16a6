"""The node of a cluster that this process was given, under the name that the cluster has for it."""

import os
import re
from pathlib import Path

# Ours first: what knows no Slurm sets it, such as profiles/kubernetes.
NAMED_BY = ("SERVEBENCH_NODE", "SLURMD_NODENAME")


def allocated_node() -> str | None:
    """Its name, fit for a file; None where no cluster placed this process."""
    name = next((os.environ[variable] for variable in NAMED_BY if os.environ.get(variable)), None)
    return None if name is None else re.sub(r"[^A-Za-z0-9._-]", "-", name)


def own_file(path: Path) -> Path:
    """The file beside `path` that this node alone writes: what two hosts append to at once loses lines."""
    node = allocated_node()
    return path if node is None else path.with_stem(f"{path.stem}-{node}")


def files_of_nodes(path: Path) -> list[Path]:
    """`path` and the files beside it that nodes have written, as far as they are there."""
    return [file for file in (path, *sorted(path.parent.glob(f"{path.stem}-*{path.suffix}"))) if file.exists()]
