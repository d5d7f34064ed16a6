"""A port that another process takes between its choice and the server's start."""

import json

from servebench.trial.record import read_record

# The first ports that are chosen are taken at once by a process that answers as a server does.
TAKE = """
import itertools
from servebench.trial import server as _server
_chosen, _count = _server.free_port, itertools.count()


def _taken_port():
    import subprocess, sys
    port = _chosen()
    if next(_count) < {times}:
        program = "import sys, http.server as h; h.HTTPServer(('127.0.0.1', int(sys.argv[1])), h.SimpleHTTPRequestHandler).serve_forever()"
        thief = subprocess.Popen([sys.executable, "-c", program, str(port), "thief"], cwd="/", start_new_session=True)
        print("thief", thief.pid, file=open("thieves", "a"), flush=True)
        import time; time.sleep(0.7)
    return port


_server.free_port = _taken_port
"""
