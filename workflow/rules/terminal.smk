import gc
import sys
from pathlib import Path

from snakemake.logging import logger

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW))

from servebench.snakemake_messages import quieten_terminal

# Before anything else: Snakemake speaks as soon as it reads a config.
quieten_terminal(logger)

# The jobs of a large study live to the end: collecting their generation again and again finds nothing.
gc.set_threshold(100_000, 50, 1_000)
