"""The least server of servers/README.md: its files are read as they stand there."""

import re

from servebench.build.declared import systems_of_server
from servebench.build.server_manifest import fitting_manifest
from servebench.paths import REPOSITORY


def block(name):
    """What stands under the mark of this file."""
    text = (REPOSITORY / "servers" / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"<!-- {re.escape(name)}: tried by [^\n]* -->\n```\w+\n(.*?)```", text, re.DOTALL)
    return found


def test_its_description_reads_and_its_system_fits(tmp_path, monkeypatch):
    monkeypatch.setattr("servebench.build.server_manifest.SERVERS", tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "server.yaml").write_text(block("server.yaml"))
    manifest = fitting_manifest("mine", systems_of_server("mine")["mine"])
    compile(block("app.py"), "app.py", "exec")
    assert f'"{manifest.health.path}"' in block("app.py")
    assert {"/predict", "MODEL"} <= set(re.findall(r'"([^"]+)"', block("app.py")))
