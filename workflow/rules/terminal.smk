import sys
from pathlib import Path

from snakemake.logging import logger

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW))

from servebench.snakemake_messages import quieten_terminal

# Before anything else: Snakemake speaks as soon as it reads a config.
quieten_terminal(logger)
