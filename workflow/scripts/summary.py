"""Write the summary, the conclusions and the page."""

from pathlib import Path

from servebench.paths import StudyPaths
from servebench.report.conclusions import write_conclusions
from servebench.report.page import write_page
from servebench.report.summary import write_summary
from servebench.stage import stage
from servebench.words import Phase

with stage("writing summary and page", snakemake.log[0], Phase.REPORT):
    paths = StudyPaths(Path(snakemake.input.config).parent)
    write_summary(paths)
    write_conclusions(paths)
    write_page(paths)
