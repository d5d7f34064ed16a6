"""Write what produced the study."""

from pathlib import Path

from servebench.paths import StudyPaths
from servebench.report.provenance import write_provenance
from servebench.stage import stage
from servebench.words import Phase

with stage("writing the provenance", snakemake.log[0], Phase.REPORT):
    write_provenance(StudyPaths(Path(snakemake.input.config).parent))
