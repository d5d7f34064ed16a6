"""Archives, held to the profile that they claim, without a network."""

import io
import json
import os
from pathlib import Path
from typing import Any
from unittest import mock

import requests
import rocrate
import urllib3

PROFILE = "provenance-run-crate-0.5"
# The one document that a validation fetches. The library brings a later one, with other names for a workflow's parts.
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
LATER = Path(rocrate.__file__).with_name("data") / "ro-crate.jsonld"
NAMES = {
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": "https://bioschemas.org/ComputationalWorkflow#input",
    "output": "https://bioschemas.org/ComputationalWorkflow#output",
}


def validate(archive: Path) -> list[str]:
    """What the profile, and those that it is made of, require and the archive does not keep; a line each."""
    with (
        mock.patch.dict(os.environ, {"ROCRATE_VALIDATOR_AUTO_WARM": "0"}),
        mock.patch("requests.adapters.HTTPAdapter.send", _answer),
    ):
        from rocrate_validator import models, services

        settings = services.ValidationSettings(
            rocrate_uri=str(archive),
            profile_identifier=PROFILE,
            requirement_severity=models.Severity.REQUIRED,
            no_cache=True,
        )
        return [f"{issue.check.name}: {issue.message}" for issue in services.validate(settings).get_issues()]


def _answer(adapter: requests.adapters.HTTPAdapter, request: requests.PreparedRequest, **_: Any) -> requests.Response:
    """The context from the disk; anything else would need a network."""
    if request.url != CONTEXT:
        raise requests.ConnectionError(f"no network in tests: {request.url}")
    body = io.BytesIO(json.dumps(_context()).encode())
    raw = urllib3.HTTPResponse(
        body=body, headers={"Content-Type": "application/ld+json"}, status=200, preload_content=False
    )
    return adapter.build_response(request, raw)


def _context() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(LATER.read_text(encoding="utf-8"))
    return {"@context": {**document["@context"], **NAMES}}
