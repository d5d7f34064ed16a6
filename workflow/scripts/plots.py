"""Draw the plots."""

from pathlib import Path

from servebench.paths import StudyPaths
from servebench.report.plots.write import write_plots
from servebench.stage import stage
from servebench.words import Phase

with stage("drawing the plots", snakemake.log[0], Phase.REPORT):
    write_plots(StudyPaths(Path(snakemake.input.config).parent))
