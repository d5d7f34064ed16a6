from servebench.trial.tree import ProcessStat, parse_stat

STAT = (
    "4242 (a (bad) name) S 1 4242 4242 0 -1 4194304 900 0 3 1 150 50 30 20 20 0 6 0 99 250000000 51878 "
    "18446744073709551615 1 1 0 0 0 0 0 16781312 17642 0 0 0 17 1 0 0 0 0 0\n"
)


def test_a_process_is_read_whatever_its_name():
    assert parse_stat(STAT, 0.01) == ProcessStat(
        own_cpu_s=2.0, ended_children_cpu_s=0.5, threads=6, system_cpu_s=0.7, major_faults=4
    )
