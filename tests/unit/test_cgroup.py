from pathlib import Path

import pytest
from servebench.cgroup import (
    Throttling,
    cpu_quota,
    memory_limit_mib,
    parse_cpu_max,
    parse_cpu_stat,
    parse_membership,
    quota_folders,
    read_throttling,
    throttled_share,
)

# As a container of version 2, a machine of version 1 and the root of one show it.
VERSION_2 = """usage_usec 1815302
user_usec 1440291
system_usec 375011
nr_periods 120
nr_throttled 30
throttled_usec 2500000
nr_bursts 0
burst_usec 0
"""
VERSION_1 = "nr_periods 120\nnr_throttled 30\nthrottled_time 2500000000\n"
ROOT = "usage_usec 1815302\nuser_usec 1440291\nsystem_usec 375011\n"
HYBRID = "12:cpuset:/\n5:cpu,cpuacct:/user.slice/job\n1:name=systemd:/a:b\n0::/user.slice/x\n"


def folder(root, name, **files):
    path = root / name
    path.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (path / file.replace("__", ".")).write_text(text)
    return path


@pytest.fixture
def membership(tmp_path):
    def write(text):
        path = tmp_path / "membership"
        path.write_text(text)
        return path

    return write


def test_the_kernels_texts_are_read():
    assert parse_cpu_max("150000 100000\n") == 1.5
    assert parse_cpu_max("max 100000\n") is None
    assert parse_cpu_stat(VERSION_2) == parse_cpu_stat(VERSION_1) == Throttling(120, 30, 2.5)
    assert parse_cpu_stat(ROOT) is None
    assert parse_membership(HYBRID)["cpu"] == "/user.slice/job"
    assert parse_membership(HYBRID)[""] == "/user.slice/x"
    assert parse_membership(HYBRID)["name=systemd"] == "/a:b"


def test_the_least_quota_on_the_way_up_counts(tmp_path, membership):
    mount = tmp_path / "cgroup"
    folder(mount, "pods", cpu__max="100000 100000")
    folder(mount, "pods/one", cpu__max="max 100000")
    folder(mount, "pods/one/job", cpu__max="300000 100000")
    assert cpu_quota(membership("0::/pods/one/job\n"), mount) == 1.0
    names = [path.name for path in quota_folders(membership("0::/pods/one/job\n"), mount)]
    assert names == ["job", "pods"]


def test_a_container_sees_its_own_cgroup_as_the_root(tmp_path, membership):
    mount = tmp_path / "cgroup"
    folder(mount, "cpu", cpu__cfs_quota_us="250000\n", cpu__cfs_period_us="100000\n")
    assert cpu_quota(membership("4:cpu,cpuacct:/docker/0123abcd\n"), mount) == 2.5


def test_no_quota_is_none(tmp_path, membership):
    mount = tmp_path / "cgroup"
    folder(mount, "cpu", cpu__cfs_quota_us="-1\n", cpu__cfs_period_us="100000\n")
    assert cpu_quota(membership("1:cpu:/\n0::/\n"), mount) is None
    assert cpu_quota(tmp_path / "not there", mount) is None


def test_the_share_is_bounded_by_time_and_by_periods():
    one = Path("one")
    first = {one: Throttling(100, 10, 1.0)}
    # 10 of 20 periods; the time of two CPUs' queues is 1.6 s of 2.
    assert throttled_share(first, {one: Throttling(120, 20, 2.6)}, 2.0) == 0.5
    assert throttled_share(first, {one: Throttling(120, 20, 1.4)}, 2.0) == pytest.approx(0.2)
    assert throttled_share(first, first, 2.0) == 0.0


def test_of_nested_quotas_the_harder_one_counts():
    first = {Path(name): Throttling(0, 0, 0.0) for name in ("a", "b")}
    last = {Path("a"): Throttling(10, 1, 0.1), Path("b"): Throttling(10, 5, 0.5)}
    assert throttled_share(first, last, 1.0) == 0.5


def test_without_a_quota_there_is_nothing_to_tell(tmp_path):
    assert throttled_share({}, {}, 1.0) is None
    assert read_throttling([tmp_path / "gone"]) == {}


def test_the_least_limit_of_memory_on_the_way_up_counts_in_either_version(tmp_path, membership):
    mount = tmp_path / "cgroup"
    folder(mount, "pods/one", memory__max="2147483648\n")
    folder(mount, "pods/one/job", memory__max="max\n")
    folder(mount, "memory/slice/job", memory__limit_in_bytes="1073741824\n")
    # As version 1 writes that there is none.
    folder(mount, "memory", memory__limit_in_bytes="9223372036854771712\n")
    assert memory_limit_mib(membership("0::/pods/one/job\n"), mount) == 2048.0
    assert memory_limit_mib(membership("5:memory:/slice/job\n0::/\n"), mount) == 1024.0
    assert memory_limit_mib(membership("5:memory:/elsewhere\n0::/\n"), mount) is None
    assert memory_limit_mib(tmp_path / "not there", mount) is None
