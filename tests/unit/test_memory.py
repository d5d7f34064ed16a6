from servebench.trial.memory import Memory, parse_smaps_rollup, read_memory, read_memory_before

ROLLUP = """55d7c0a00000-7ffe3b5f2000 ---p 00000000 00:00 0                          [rollup]
Rss:              207512 kB
Pss:              140854 kB
Pss_Dirty:        120000 kB
Shared_Clean:      70000 kB
Shared_Dirty:          0 kB
Private_Clean:     10240 kB
Private_Dirty:    118784 kB
Referenced:       207512 kB
Anonymous:        118784 kB
Shared_Hugetlb:        0 kB
Private_Hugetlb:    2048 kB
Swap:                  0 kB
"""


def add(proc, pid, text):
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "smaps_rollup").write_text(text)


def test_private_pages_are_summed_huge_ones_too():
    assert parse_smaps_rollup(ROLLUP) == Memory((10240 + 118784 + 2048) / 1024, 140854 / 1024, 207512 / 1024)


def test_an_older_kernel_has_no_huge_pages():
    assert parse_smaps_rollup(ROLLUP.replace("Private_Hugetlb:    2048 kB\n", "")).uss_mib == 126.0


def test_a_trees_processes_are_summed(tmp_path):
    add(tmp_path, 1, ROLLUP)
    add(tmp_path, 2, ROLLUP)
    assert read_memory([1, 2], tmp_path).uss_mib == 256.0


def test_no_process_has_no_memory_rather_than_none_of_it():
    assert read_memory([]) == Memory(None, None, None)


def test_a_reading_that_would_reach_into_the_window_is_not_made(monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    assert read_memory_before([1], start_s=100.05, margin_s=0.2) == Memory(None, None, None)
