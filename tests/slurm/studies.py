"""A checkout whose studies a Slurm places, what they are asked, and what they leave."""

import json
import shutil
import signal
import time

from support.checkout import Checkout, kill_group

TINY = [
    *("--workflow-profile", "profiles/slurm", "--configfile", "config/smoke.yaml", "--latency-wait", "10"),
    *("--default-resources", "runtime=20", "mem_mb=500", "--seconds-between-status-checks", "2"),
    # There is no accounting to ask.
    *("--slurm-init-seconds-before-status-checks", "2", "--slurm-status-command", "squeue"),
]
SYSTEMS = ["systems=[fastapi-compiled,beast]", "users=[1]"]


class SlurmCheckout(Checkout):
    """A checkout whose snakemake finds the plugin and the cluster."""

    def __init__(self, folder, cluster, plugin):
        super().__init__(folder)
        self.cluster, self.plugin = cluster, plugin

    def environment(self):
        slurm = self.cluster.environment()
        ours = super().environment()
        path = f"{self.cluster.folder}/bin:{ours['PATH']}"
        return {**ours, "PATH": path, "SLURM_CONF": slurm["SLURM_CONF"], "PYTHONPATH": str(self.plugin)}

    def study(self, name):
        return self.folder / "results" / name

    def copy_builds(self, source, target):
        """Begin a study with what another one has built and calibrated."""
        left_out = shutil.ignore_patterns(
            "trials",
            "tables",
            "plots",
            "blocks",
            "logs",
            "journal*",
            "begun*",
            "timeline*",
            ".*",
            "config.yaml",
            "report.html",
        )
        shutil.copytree(self.study(source), self.study(target), ignore=left_out)


def records(study):
    return [json.loads(path.read_text()) for path in study.glob("trials/*/*/*/*/*/result.json")]


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def await_second_trial(checkout, name, process, patience_s=300.0):
    """Wait until a node has begun the second trial of its block; returns the node."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and process.poll() is None:
        for path in checkout.study(name).glob("begun-*.jsonl"):
            if len(lines(path)) >= 2:
                time.sleep(0.5)
                return path.stem.removeprefix("begun-")
        time.sleep(0.1)
    end(process)
    raise AssertionError(f"no second trial: {process.stdout.read()}")


def end(process):
    """No call outlives its test."""
    if process.poll() is None:
        kill_group(process, signal.SIGTERM)
