"""The licences of packages, as the metadata of those that are installed says them."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.metadata import Distribution, distributions
from pathlib import Path

from servebench.audit.locked import Locked, Package, canonical

_CLASSIFIER = "License :: "
# Some write the whole licence there.
_LONGEST = 60
_NONE = {"", "unknown", "none"}


class Kind(StrEnum):
    """What a licence asks of who passes the package on."""

    PERMISSIVE = "permissive"
    WEAK = "weak copyleft"
    STRONG = "strong copyleft"
    OTHER = "to be read"
    UNKNOWN = "unknown"


# The first that fits.
_KINDS = (
    (Kind.WEAK, r"LGPL|Lesser General|MPL|Mozilla|EPL|Eclipse|CDDL|EUPL"),
    (Kind.STRONG, r"GPL|General Public"),
    (
        Kind.PERMISSIVE,
        r"MIT|BSD|Apache|ISC|PSF|Python Software|Zlib|Unlicense|BlueOak|CNRI|HPND|Boost|BSL-1|Artistic"
        r"|Public Domain|WTFPL|CC0|W3C|ZPL|Zope|OFL",
    ),
)


def kind_of(licence: str | None) -> Kind:
    """The kind of a licence's expression: the strictest of what is joined by AND, the freest of what OR lets choose."""
    if licence is None:
        return Kind.UNKNOWN
    order = list(Kind)
    joined, choices = _parts(licence, "AND"), _parts(licence, "OR")
    if len(choices) > 1:
        return min(map(kind_of, choices), key=order.index)
    if len(joined) > 1:
        return max(map(kind_of, joined), key=order.index)
    return _kind_of_one(licence)


def _parts(expression: str, word: str) -> list[str]:
    """What a word joins outside of all parentheses; those around the whole are left out."""
    parts, depth = [""], 0
    for piece in re.split(r"(\s+|[()])", expression):
        depth += (piece == "(") - (piece == ")")
        if piece == word and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    if len(parts) == 1 and re.fullmatch(r"\s*\([^()]*\)\s*", expression):
        return _parts(expression.strip()[1:-1], word)
    return parts


def _kind_of_one(licence: str) -> Kind:
    return next((kind for kind, pattern in _KINDS if re.search(pattern, licence, re.IGNORECASE)), Kind.OTHER)


def installed_licences(folders: Iterable[Path]) -> dict[Package, str | None]:
    """What the metadata of each Python package in these folders says; None where it is silent."""
    found: dict[Package, str | None] = {}
    for folder in folders:
        for distribution in distributions(path=[str(folder)]):
            name = distribution.metadata["Name"]
            if name is not None:
                found[Package(canonical(name), distribution.version, "PyPI")] = said_licence(distribution)
    return found


def said_licence(distribution: Distribution) -> str | None:
    """By the expression, else by the classifiers, else by the free text of its metadata."""
    metadata = distribution.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    classified = [
        value.rpartition(" :: ")[2]
        for value in metadata.get_all("Classifier") or []
        if value.startswith(_CLASSIFIER) and value != "License :: OSI Approved"
    ]
    if classified:
        return " AND ".join(sorted(classified))
    text = metadata["License"].strip().partition("\n")[0] if "License" in metadata else ""
    return text if text.lower() not in _NONE and len(text) <= _LONGEST else None


def site_packages(environments: Iterable[Path]) -> list[Path]:
    """Where the packages of these environments stand."""
    return sorted(folder for each in environments for folder in each.glob("lib/python3*/site-packages"))


def licence_of(locked: Locked, installed: Mapping[Package, str | None]) -> str | None:
    """What is known of a locked package's licence."""
    return locked.licence or installed.get(locked.package)
