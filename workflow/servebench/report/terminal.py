"""What the terminal shows at the end, on one screen: answer, systems, warnings in short, and where the rest stands."""

from servebench.analyse.rows import has_figures
from servebench.paths import StudyPaths
from servebench.report.calibration import calibration_lines
from servebench.report.data import load_study
from servebench.report.sections import SUMMARY
from servebench.report.sections.section import join_sections
from servebench.texts import visible, visible_lines


def result_text(paths: StudyPaths) -> str:
    """The sections that are meant for it, and the files to open; before there is one, the calibration."""
    if not paths.summary.exists():
        return calibration_text(paths)
    text = join_sections(load_study(paths), [section for section in SUMMARY if section.is_shown_at_end])
    return f"\n{aligned(visible_lines(text))}\n\nsummary: {paths.summary}\nreport:  {paths.report}"


def is_nothing_measured(paths: StudyPaths) -> bool:
    """Whether a study that was reported has not one trial with figures."""
    return paths.summary.exists() and not bool(has_figures(load_study(paths).trials).any())


def calibration_text(paths: StudyPaths) -> str:
    """What has been calibrated of the generators that are built."""
    generators = sorted(path.parent.name for path in paths.root.glob("generators/*/manifest.json"))
    return "\n".join(["", *map(visible, calibration_lines(paths, generators))])


def aligned(text: str) -> str:
    """Markdown with the columns of its tables aligned."""
    lines = text.splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None for line in lines]
    rows = [row for row in cells if row is not None]
    if not rows:
        return text
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(max(map(len, rows)))]
    found = []
    for line, row in zip(lines, cells, strict=True):
        if row is None:
            found.append(line)
        elif set("".join(row)) != {"-"}:
            found.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip())
    return "\n".join(found)
