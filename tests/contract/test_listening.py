"""Nothing listens outside of loopback by default, whatever a framework opens beside."""

import platform
import re
import socket
import subprocess
import sys

import pytest
from servebench.build.server_manifest import known_servers, load_server_manifest
from servebench.build.start_command import Placeholder
from servebench.paths import REPOSITORY
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST, start_server
from support.packages import system_definitions
from support.servers import SYSTEMS, built, launch
from support.sockets import beyond_loopback, listeners

ONE_A_SERVER = list({system_definitions()[system].server: system for system in reversed(SYSTEMS)}.values())
needs_linux = pytest.mark.skipif(platform.system() != "Linux", reason="only Linux tells who listens where")


@needs_linux
@pytest.mark.parametrize("system", ONE_A_SERVER)
def test_a_server_listens_at_loopback_alone(system, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package, 2), tmp_path / "log")
        found = listeners(server.process.pid)
        assert ("tcp", HOST, server.port) in found
        assert beyond_loopback(server.process.pid) == set()


@needs_linux
@pytest.mark.parametrize(("address", "is_seen"), [("0.0.0.0", True), ("127.0.0.1", False)])
def test_a_socket_that_others_can_reach_is_seen(address, is_seen):
    code = f"import socket; s = socket.create_server(('{address}', 0)); print(s.getsockname()[1], flush=True); input()"
    # In a child, as frameworks do.
    command = [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        port = int(process.stdout.readline())
        assert (("tcp", address, port) in beyond_loopback(process.pid)) == is_seen
        assert ("tcp", address, port) in listeners(process.pid)
    finally:
        process.communicate("\n", timeout=10)


@pytest.mark.parametrize("server", known_servers())
def test_every_server_is_told_where_to_listen(server):
    assert {Placeholder.HOST, Placeholder.PORT} <= load_server_manifest(server).placeholders


def test_our_own_code_names_no_address_of_all_networks():
    named = re.compile(r"0\.0\.0\.0|INADDR_ANY|in6addr_any|\[::\]|(?<![\w:])\"::\"|bind\(\(\s*[\"']{2}")
    endings = ("py", "smk", "cpp", "hpp", "c", "js", "go", "rs", "yaml", "j2", "lua")
    tops = [REPOSITORY / name for name in ("workflow", "servers", "config")]
    paths = [path for top in tops for ending in endings for path in top.rglob(f"*.{ending}")]
    assert len(paths) > 250
    assert [path for path in paths if named.search(path.read_text(encoding="utf-8", errors="replace"))] == []


def test_the_address_of_trials_is_of_this_machine():
    assert socket.inet_aton(HOST)[0] == 127
