import pytest
from servebench.trial.oom import describe_oom, read_oom_kills


def test_the_kernels_count_is_read(tmp_path):
    vmstat = tmp_path / "vmstat"
    vmstat.write_text("nr_free_pages 1000\noom_kill 3\n")
    assert read_oom_kills(vmstat) == 3
    vmstat.write_text("nr_free_pages 1000\n")
    assert read_oom_kills(vmstat) is None
    assert read_oom_kills(tmp_path / "not there") is None


@pytest.mark.parametrize(
    ("before", "after", "limit_mib", "words"),
    [
        (3, 4, 1024.0, ": the kernel killed a process for want of memory (a limit of 1,024 MiB)"),
        (3, 4, None, ": the kernel killed a process for want of memory"),
        (3, 3, 1024.0, ""),
        (None, 4, 1024.0, ""),
        (3, None, 1024.0, ""),
    ],
)
def test_it_is_said_only_where_it_happened(before, after, limit_mib, words):
    assert describe_oom(before, after, limit_mib) == words
