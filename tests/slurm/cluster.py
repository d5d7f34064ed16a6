"""A Slurm of its own on this machine: munged, slurmctld and two slurmd, in a temporary folder, as root."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol")
NODES = ("n1", "n2")
CONFIGURATION = """\
ClusterName=servebench
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=2
SlurmdParameters=config_overrides
ReturnToService=1
KillWait=5
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not_here() -> str | None:
    """Why there can be no Slurm on this machine; None where there can."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]
    if missing:
        return f"{', '.join(missing)} not here: `apt-get install munge slurm-wlm` as root on Debian"
    return None if os.geteuid() == 0 else "two slurmd on one machine need root"


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


class Cluster:
    """The running daemons; `close` ends them and every job."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        folder.chmod(0o755)
        (folder / "state").mkdir()
        ports = _free_ports(1 + len(NODES))
        cpus, memory_mib = os.cpu_count() or 1, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        nodes = [
            f"NodeName={name} NodeHostname={socket.gethostname()} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} "
            f"RealMemory={memory_mib}"
            for name, port in zip(NODES, ports[1:], strict=True)
        ]
        text = CONFIGURATION.format(host=socket.gethostname(), port=ports[0], folder=folder, nodes="\n".join(nodes))
        (folder / "slurm.conf").write_text(text)
        (folder / "cgroup.conf").write_text("IgnoreSystemd=yes\n")
        # Snakemake's plugin forgets SLURM_CONF on its way to srun.
        (folder / "bin").mkdir()
        srun = folder / "bin" / "srun"
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which("srun")} "$@"\n')
        srun.chmod(0o755)
        self.key = folder / "munge.key"
        self.key.write_bytes(os.urandom(1024))
        self.key.chmod(0o400)
        try:
            self._start_all()
        except BaseException:
            self.close()
            raise

    def environment(self) -> dict[str, str]:
        """What a caller of sbatch needs."""
        path = f"{self.folder}/bin:{_path()}"
        return {**os.environ, "PATH": path, "SLURM_CONF": str(self.folder / "slurm.conf")}

    def call(self, *command: str) -> str:
        """What one of Slurm's commands prints."""
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def states(self) -> list[str]:
        """How each node is, such as idle."""
        return self.call("sinfo", "-h", "-N", "-o", "%T").split()

    def fail_node(self, name: str) -> None:
        """What happens where a node loses its power: all that runs there is gone, and it gets no other job."""
        self.call("scontrol", "update", f"nodename={name}", "state=down", "reason=test")
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("SLURMD_NODENAME") == name:
                    process.kill()

    def mend_node(self, name: str) -> None:
        """Let the node take jobs again."""
        self.call("scontrol", "update", f"nodename={name}", "state=resume")

    def running_jobs(self) -> dict[str, str]:
        """The job that runs on each node, by its comment."""
        lines = self.call("squeue", "-h", "-t", "running", "-o", "%N|%k").splitlines()
        return dict(line.split("|", maxsplit=1) for line in lines)

    def close(self) -> None:
        """End all jobs, then the daemons, the last one started first."""
        if len(self.processes) > 1:
            subprocess.run(["scancel", "--state=running"], env=self.environment(), timeout=30, check=False)
            subprocess.run(["scancel", "--state=pending"], env=self.environment(), timeout=30, check=False)
            self._await(lambda: not self.running_jobs(), 30.0)
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start_all(self) -> None:
        self._start(
            "munged",
            ["munged", "--foreground", "--force", f"--key-file={self.key}", f"--socket={self.folder}/munge.socket"]
            + [f"--{name}-file={self.folder}/munge.{name}" for name in ("pid", "log", "seed")],
        )
        self._await((self.folder / "munge.socket").exists, 15.0)
        self._start("slurmctld", ["slurmctld", "-D"])
        for name in NODES:
            (self.folder / f"spool-{name}").mkdir()
            self._start(f"slurmd-{name}", ["slurmd", "-D", "-N", name])
        self._await(lambda: self.states() == ["idle"] * len(NODES), 60.0)

    def _start(self, name: str, command: Sequence[str]) -> None:
        with (self.folder / f"{name}.out").open("wb") as output:
            environment = self.environment()
            program = shutil.which(command[0], path=environment["PATH"]) or command[0]
            self.processes.append(
                subprocess.Popen([program, *command[1:]], env=environment, stdout=output, stderr=output)
            )

    def _await(self, is_so: Callable[[], bool], patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            try:
                if is_so():
                    return
            except AssertionError:
                # slurmctld does not answer yet.
                pass
            time.sleep(0.3)
        tails = "\n".join(
            f"{path.name}: {path.read_text()[-1500:]}" for path in sorted(self.folder.glob("*.[lo][ou][gt]"))
        )
        raise AssertionError(f"Slurm did not come up (or down) in {patience_s:g} s:\n{tails}")


def _free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
