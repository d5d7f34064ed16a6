import pytest
from servebench.profile.functions import FunctionShare
from servebench.profile.text import caveats, flame_title, load_text, profile_text
from support.profiles import profile_record

SHARES = [FunctionShare(f"f{number}", "m.py:1", 0.01 * (12 - number), 0.5) for number in range(12)]


def test_the_load_and_what_the_profiler_took_of_it_are_told():
    text = load_text(profile_record(server_cores=0.99))
    assert (
        "fastapi, m, 64 users: 1,000 requests/s without py-spy and 950 with it (-5.0%, -8.0% to +1.0%, in 3 pairs"
        in text
    )
    assert text.endswith("the server used 0.99 of its 1 CPU")
    assert flame_title(profile_record()) == "fastapi, m, 64 users: 1,000 requests/s, 700 samples by py-spy"


def test_ten_functions_are_printed_with_their_shares_and_the_files(tmp_path):
    lines = profile_text(profile_record(), SHARES, tmp_path).splitlines()
    functions = [line for line in lines if line.endswith(" (m.py:1)")]
    assert len(functions) == 10
    assert functions[0] == " 12.0%  50.0%  f0 (m.py:1)"
    assert lines[-1] == f"functions:   {tmp_path / 'functions.csv'}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"generator_utilization": 0.99}, "the generator was the limit"),
        ({"server_cores": 0.5}, "the server's CPUs were not full"),
        ({"kernel_share": 0.613}, "the kernel worked for it in 61% of them"),
    ],
)
def test_what_a_reader_must_know_is_told_where_it_is_so(changes, words):
    assert not any(words in line for line in caveats(profile_record()))
    assert any(words in line for line in caveats(profile_record(**changes)))
