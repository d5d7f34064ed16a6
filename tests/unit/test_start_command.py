import pytest
from servebench.build.start_command import AT_START, Placeholder, placeholders_of, shell_command

VALUES = AT_START | {Placeholder.PYTHON: "'/a b/python'", Placeholder.INFERENCE: "sklearn"}


@pytest.mark.parametrize(
    ("command", "shell"),
    [
        ("./server --port {port}", './server --port "$port"'),
        ("{python} -m x --bind {host}:{port}", '\'/a b/python\' -m x --bind "$host":"$port"'),
        ("{package}/server --{inference}={threads}", '"$here"/server --sklearn="$parallelism"'),
        ("x 'a;b' \"$(date)\" app:create()", "x 'a;b' '$(date)' 'app:create()'"),
        ("x '' {model}", "x '' \"$here/model\""),
    ],
)
def test_a_command_is_quoted_but_for_its_placeholders(command, shell):
    assert shell_command(command, VALUES) == shell


def test_the_placeholders_of_a_text_are_found_and_an_unknown_one_is_named():
    assert placeholders_of(["x {port}", "{workers}:{port}"]) == {Placeholder.PORT, Placeholder.WORKERS}
    with pytest.raises(ValueError, match=r"unknown placeholder '\{\}'"):
        placeholders_of(["x {}"])


def test_every_placeholder_has_its_value():
    assert set(VALUES) == set(Placeholder)
