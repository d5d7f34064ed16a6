"""Write what produced the study."""

from pathlib import Path

from servebench.paths import StudyPaths
from servebench.report.provenance import write_provenance
from servebench.stage import stage

with stage("provenance", snakemake.log[0]):
    write_provenance(StudyPaths(Path(snakemake.input.config).parent))
