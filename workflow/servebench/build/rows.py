"""Whether a package takes as many rows a request as a load point has."""

from collections.abc import Mapping
from typing import Any

from servebench.build.server_manifest import SERVER_YAML
from servebench.words import RowsPerRequest


def refusal_of_rows(package: Mapping[str, Any], rows: int) -> tuple[str, str] | None:
    """Why the package of a manifest is not asked so many rows at once, and the remedy; None where it is."""
    if rows == 1 or package.get("rows", RowsPerRequest.ONE) == RowsPerRequest.MANY:
        return None
    if "url" in package:
        return (
            f"what answers at {package['url']} takes one row a request",
            "let it answer several as its protocol says, and write `rows: many` beside its url",
        )
    place = f"servers/{package['definition']['server']}/{SERVER_YAML}"
    return (
        "its server takes one row a request",
        f'let it answer {{"rows": [[..], ..]}} as the contract says, and write `rows: many` in {place}',
    )
