"""A real Slurm of two nodes, which is started and ended here, and a study that it has placed."""

import subprocess

import pytest
from slurm.cluster import Cluster, why_not_here
from slurm.plugin import install
from slurm.studies import SYSTEMS, TINY, SlurmCheckout


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    if why_not_here() is not None:
        pytest.skip(why_not_here())
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def checkout(tmp_path_factory, cluster):
    plugin = tmp_path_factory.mktemp("plugin")
    try:
        install(plugin)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"the plugin for Slurm cannot be installed: {error}")
    return SlurmCheckout(tmp_path_factory.mktemp("cluster") / "checkout", cluster, plugin)


@pytest.fixture(scope="session")
def study(checkout):
    """A finished study of two blocks."""
    done = checkout.snakemake(*TINY, "--config", *SYSTEMS, "study=two")
    assert done.returncode == 0, done.stdout
    return checkout.study("two"), done.stdout
