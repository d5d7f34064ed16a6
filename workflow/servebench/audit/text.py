"""The audit as Markdown: what is vulnerable, which licences there are, and of which packages nothing is known."""

from collections import Counter
from collections.abc import Mapping, Sequence

from servebench.analyse.text import MISSING
from servebench.audit.licences import Kind, kind_of, licence_of
from servebench.audit.locked import Locked, Package
from servebench.audit.vulnerabilities import Findings
from servebench.report.foreign import told
from servebench.report.format import markdown_table

NOTE = (
    "Licences are those that the metadata of the installed packages, and package-lock.json, name: no legal advice. A "
    "package that is not installed here, such as one of a server that was not built, is unknown. Crow (BSD-3-Clause) "
    "is fetched by its hash, and stands in no lock."
)


def audit_text(locked: Sequence[Locked], installed: Mapping[Package, str | None], findings: Findings) -> str:
    """The whole report."""
    licences = {each.package: licence_of(each, installed) for each in locked}
    parts = [
        "# Audit of the locked packages",
        audit_line(locked, installed, findings),
        f"## Known vulnerabilities\n\n{_vulnerabilities(locked, findings)}",
        f"## Licences\n\n{_licences(licences)}\n\n{NOTE}",
        f"## Nothing is known of the licence of\n\n{_unknown(locked, licences, installed)}",
        f"## Every package\n\n{_packages(locked, licences)}",
    ]
    return "\n\n".join(parts) + "\n"


def audit_line(locked: Sequence[Locked], installed: Mapping[Package, str | None], findings: Findings) -> str:
    """All of it in one line, which the terminal shows too."""
    kinds = Counter(kind_of(licence_of(each, installed)) for each in locked)
    told_kinds = ", ".join(f"{kinds[kind]} {kind}" for kind in Kind if kinds[kind])
    found = f"known vulnerabilities: {len(findings.vulnerabilities)} in {findings.asked} that were asked for"
    failure = "" if findings.failure is None else f"; {findings.failure}"
    return f"{len(locked)} packages; {found}{failure}. Licences: {told_kinds}."


def _vulnerabilities(locked: Sequence[Locked], findings: Findings) -> str:
    locks = {(each.package.name, each.package.version): each.locks for each in locked}
    rows = [
        [
            *map(told, (found.package.name, found.package.version, found.name, found.mended_in or MISSING)),
            ", ".join(locks.get((found.package.name, found.package.version), ())) or MISSING,
        ]
        for found in findings.vulnerabilities
    ]
    table = markdown_table(["package", "version", "vulnerability", "mended in", "locks"], rows)
    told_none = f"None is known of the {findings.asked} packages of PyPI that were asked for."
    parts = [*([] if findings.failure is None else [told(findings.failure) + "."])]
    parts += [table] if rows else [told_none] if findings.asked else []
    return "\n\n".join(parts)


def _licences(licences: Mapping[Package, str | None]) -> str:
    counts = Counter((kind_of(licence), licence or Kind.UNKNOWN) for licence in licences.values())
    order = list(Kind)
    found = sorted(counts.items(), key=lambda item: (-order.index(item[0][0]), -item[1], item[0][1]))
    rows = [[str(kind), told(licence), str(count)] for (kind, licence), count in found]
    return markdown_table(["kind", "licence", "packages"], rows)


def _unknown(
    locked: Sequence[Locked], licences: Mapping[Package, str | None], installed: Mapping[Package, str | None]
) -> str:
    rows = [
        [told(each.package.label), each.package.origin, _why(each.package, installed), ", ".join(each.locks)]
        for each in locked
        if licences[each.package] is None
    ]
    return markdown_table(["package", "from", "why", "locks"], rows) if rows else "No package."


def _why(package: Package, installed: Mapping[Package, str | None]) -> str:
    if package in installed:
        return "its metadata name none"
    return "not installed here" if package.origin == "PyPI" else "its lock names none"


def _packages(locked: Sequence[Locked], licences: Mapping[Package, str | None]) -> str:
    rows = [
        [
            *(told(each.package.name), told(each.package.version), each.package.origin),
            *(told(licences[each.package] or MISSING), str(kind_of(licences[each.package])), ", ".join(each.locks)),
        ]
        for each in locked
    ]
    return markdown_table(["package", "version", "from", "licence", "kind", "locks"], rows)
