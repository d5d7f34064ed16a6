"""The sections, in their order: those of the summary, and the details that the page alone shows.

A new one is a module and an entry here.
"""

from servebench.report.sections.a_against_a import a_against_a
from servebench.report.sections.answer import answer
from servebench.report.sections.article_claims import article_claims, claims_in_short
from servebench.report.sections.article_figures import article_figures
from servebench.report.sections.calibration import calibration
from servebench.report.sections.chart import chart
from servebench.report.sections.contrasts import contrasts
from servebench.report.sections.deviations import deviations
from servebench.report.sections.disturbed import disturbed
from servebench.report.sections.equality import equality
from servebench.report.sections.factors import factors
from servebench.report.sections.float32 import float32
from servebench.report.sections.identity import identity
from servebench.report.sections.instances import instances
from servebench.report.sections.nodes import nodes, unlike_nodes
from servebench.report.sections.not_measured import also_not_measured, not_measured
from servebench.report.sections.precision import precision
from servebench.report.sections.profiles import profiles
from servebench.report.sections.reproduce import reproduce
from servebench.report.sections.rows_per_request import rows_per_request
from servebench.report.sections.scalability import scalability
from servebench.report.sections.section import Section
from servebench.report.sections.setting import setting
from servebench.report.sections.systems import systems
from servebench.report.sections.throughput import throughput
from servebench.report.sections.title import title
from servebench.report.sections.warnings import warnings, warnings_in_short
from servebench.report.sections.where_more_stands import where_more_stands

SUMMARY = (
    Section("title", title, is_shown_at_end=True),
    Section("identity", identity),
    Section("disturbed", disturbed, is_shown_at_end=True),
    Section("unlike nodes", unlike_nodes, is_shown_at_end=True),
    Section("not measured", not_measured, is_shown_at_end=True),
    Section("answer", answer, is_shown_at_end=True),
    Section("systems", systems, is_shown_at_end=True),
    Section("chart", chart),
    Section("warnings in short", warnings_in_short, is_shown_at_end=True),
    Section("claims in short", claims_in_short),
    Section("where more stands", where_more_stands),
)

DETAILS = (
    Section("also not measured", also_not_measured),
    Section("A against A", a_against_a),
    Section("setting", setting),
    Section("nodes", nodes),
    Section("calibration", calibration),
    Section("warnings", warnings),
    Section("throughput", throughput),
    Section("rows per request", rows_per_request),
    Section("answers in float32", float32),
    Section("equality", equality),
    Section("deviations", deviations),
    Section("instances", instances),
    Section("scalability", scalability),
    Section("article's figures", article_figures),
    Section("article's claims", article_claims),
    Section("inference and framework", factors),
    Section("contrasts", contrasts),
    Section("profiles", profiles),
    Section("precision", precision),
    Section("reproduce", reproduce),
)
