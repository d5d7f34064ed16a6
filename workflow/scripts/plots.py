"""Draw the plots."""

from pathlib import Path

from servebench.paths import StudyPaths
from servebench.report.plots.write import write_plots
from servebench.stage import stage

with stage("plots", snakemake.log[0]):
    write_plots(StudyPaths(Path(snakemake.input.config).parent))
