"""The audit of the locked packages: what is locked, what is vulnerable, and which licences there are."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from servebench.audit import vulnerabilities
from servebench.audit.licences import Kind, installed_licences, kind_of
from servebench.audit.locked import Locked, Package, locked_packages
from servebench.audit.text import audit_line, audit_text
from servebench.audit.vulnerabilities import Findings, Vulnerability, known_vulnerabilities, one_version_each
from servebench.paths import REPOSITORY


def pypi(name, version="1.0"):
    return Package(name, version, "PyPI")


@pytest.fixture
def tool(monkeypatch):
    """Let this stand for what pip-audit prints; returns the packages that it is asked for."""

    def use(output, error="", code=0):
        asked = []

        def run(command, **_):
            assert "--disable-pip" in command
            asked.extend(Path(command[command.index("--requirement") + 1]).read_text().splitlines())
            return subprocess.CompletedProcess(command, code, output, error)

        monkeypatch.setattr(vulnerabilities, "find_program", lambda: "pip-audit")
        monkeypatch.setattr(vulnerabilities.subprocess, "run", run)
        return asked

    return use


def test_every_lock_is_read_with_each_version_once():
    locked = locked_packages(REPOSITORY)
    by_name = {each.package.name: each for each in locked}
    assert len({each.package for each in locked}) == len(locked) > 200
    assert {"envs/run.lock", "envs/dev.lock", "servers/flask/requirements.lock"} <= set(by_name["numpy"].locks)
    assert by_name["fastify"].licence == "MIT"
    assert by_name["axum"].package.origin == "crates.io"
    assert {each.package.origin for each in locked} == {"PyPI", "npm", "crates.io"}
    pinned = re.findall(r"^[a-z0-9][^\s=]*==", (REPOSITORY / "envs" / "run.lock").read_text(), re.MULTILINE)
    assert sum("envs/run.lock" in each.locks for each in locked) == len(pinned)


def test_a_known_vulnerability_is_found_and_said(tool):
    dependencies = [
        {"name": "bad", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"]}]},
        {"name": "good", "version": "1.0", "vulns": []},
        {"name": "gone", "skip_reason": "not on PyPI"},
    ]
    asked = tool(json.dumps({"dependencies": dependencies, "fixes": []}), code=1)
    findings = known_vulnerabilities([pypi("bad"), pypi("good"), pypi("gone")])
    assert findings == Findings((Vulnerability(pypi("bad"), "PYSEC-1", "1.1, 2.0"),), 3, None)
    assert asked == ["bad==1.0", "good==1.0", "gone==1.0"]
    text = audit_text([Locked(pypi("bad"), ("envs/run.lock",))], {}, findings)
    assert "| bad | 1.0 | PYSEC-1 | 1.1, 2.0 | envs/run.lock |" in text
    assert "known vulnerabilities: 1 in 3 that were asked for" in text


def test_two_versions_of_a_name_are_asked_apart():
    packages = [pypi("a", "1"), pypi("a", "2"), pypi("b", "1")]
    assert one_version_each(packages) == [[packages[0], packages[2]], [packages[1]]]


def test_a_service_that_cannot_be_reached_is_one_line_and_the_rest_goes_on(tool):
    tool("", "ERROR:pip_audit._cli:Could not connect to the vulnerability feed", 1)
    findings = known_vulnerabilities([pypi("a")])
    assert findings.asked == 0
    assert findings.failure is not None
    assert "Could not connect" in findings.failure
    assert "where it can be reached" in findings.failure
    text = audit_text([Locked(pypi("a"), ("envs/run.lock",))], {pypi("a"): "MIT"}, findings)
    assert "| permissive | MIT | 1 |" in text
    assert "None is known" not in text


def test_without_the_tool_it_says_how_one_gets_it(monkeypatch):
    monkeypatch.setattr(vulnerabilities, "find_program", lambda: None)
    assert "`envs/bootstrap.sh dev` installs it" in str(known_vulnerabilities([pypi("a")]).failure)


METADATA = {
    "expression": ("License-Expression: MIT OR Apache-2.0\nLicense: whatever", "MIT OR Apache-2.0"),
    "classified": (
        "Classifier: License :: OSI Approved\nClassifier: License :: OSI Approved :: BSD License\nLicense: x",
        "BSD License",
    ),
    "written": ("License: Boost Software License", "Boost Software License"),
    "silent": ("License: UNKNOWN", None),
    "verbose": (f"License: {'All rights of the licence. ' * 9}", None),
}


@pytest.mark.parametrize(("head", "licence"), METADATA.values(), ids=METADATA)
def test_a_licence_is_what_the_metadata_say(head, licence, tmp_path):
    folder = tmp_path / "Some_Thing-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: Some_Thing\nVersion: 1.0\n{head}\n")
    assert installed_licences([tmp_path]) == {pypi("some-thing"): licence}


@pytest.mark.parametrize(
    ("licence", "kind"),
    [
        ("MIT", Kind.PERMISSIVE),
        ("BSD-3-Clause AND MIT", Kind.PERMISSIVE),
        ("GPL-3.0-only OR MIT", Kind.PERMISSIVE),
        ("MPL-2.0 AND MIT", Kind.WEAK),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", Kind.WEAK),
        ("(GPL-2.0 OR MIT)", Kind.PERMISSIVE),
        ("MIT OR MPL-2.0 AND GPL-3.0", Kind.PERMISSIVE),
        ("LGPL-2.1-or-later", Kind.WEAK),
        ("GNU Lesser General Public License v3 (LGPLv3)", Kind.WEAK),
        ("Mozilla Public License 2.0 (MPL 2.0)", Kind.WEAK),
        ("GNU General Public License v3 (GPLv3)", Kind.STRONG),
        ("AGPL-3.0", Kind.STRONG),
        ("LGPL-2.1 AND GPL-2.0", Kind.STRONG),
        ("Something of our own", Kind.OTHER),
        (None, Kind.UNKNOWN),
    ],
)
def test_a_licence_has_its_kind(licence, kind):
    assert kind_of(licence) is kind


def test_what_is_not_known_is_named_with_the_reason():
    locked = [Locked(pypi("silent"), ("envs/run.lock",)), Locked(pypi("absent"), ("servers/x/requirements.lock",))]
    locked.append(Locked(Package("crate", "1.0", "crates.io"), ("servers/axum/Cargo.lock",)))
    text = audit_text(locked, {pypi("silent"): None}, Findings((), 2, None))
    assert "| silent 1.0 | PyPI | its metadata name none | envs/run.lock |" in text
    assert "| absent 1.0 | PyPI | not installed here | servers/x/requirements.lock |" in text
    assert "| crate 1.0 | crates.io | its lock names none | servers/axum/Cargo.lock |" in text
    assert "None is known of the 2 packages of PyPI" in text
    assert audit_line(locked, {}, Findings((), 2, None)).endswith("Licences: 3 unknown.")
