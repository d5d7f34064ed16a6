import pytest
from servebench.command_line import check_command_line
from servebench.paths import REPOSITORY

DEFAULT = REPOSITORY / "config/config.yaml"


def message_of(*arguments):
    with pytest.raises(SystemExit) as caught:
        check_command_line(arguments, DEFAULT)
    message = str(caught.value)
    assert message.startswith("servebench: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-n", "--cores", "2"],
        ["--configfile", str(REPOSITORY / "config/smoke.yaml"), "--config", "users=[1]", "server_cores="],
        ["--config"],
        ["--mode", "subprocess", "--config", "base64//eA=="],
        ["--cores"],
        ["-C", "study=wide"],
        ["--config", "study=churn", "model=models/churn.joblib", "sample=models/churn.csv"],
    ],
)
def test_a_good_call_passes(arguments):
    check_command_line(arguments, DEFAULT)


def test_an_entry_without_a_value_is_one_line():
    assert "--config users: a value is missing" in message_of("--cores", "2", "--config", "users")
    assert "a value is missing" in message_of("-C", "repeats=2", "users= ")
    assert "a key is missing" in message_of("--config", "=1")


def test_an_option_that_snakemake_would_forget_is_refused():
    message = message_of("--config", "users=[1]", "--cores", "2", "--config", "study=x")
    assert "only the last would count: write --config users=[1] study=x" in message
    presets = [str(REPOSITORY / f"config/{name}.yaml") for name in ("smoke", "sweep")]
    assert "--configfile is given twice" in message_of("--configfile", presets[0], "--configfile", presets[1])
    check_command_line(["--configfile", *presets], DEFAULT)


def test_an_unknown_entry_is_one_line():
    assert "unknown key 'x'" in message_of("--config", "x=1")
    assert "unknown key 'repeat'; did you mean 'repeats'?" in message_of("--config", "repeat=1")


def test_a_missing_file_is_one_line(tmp_path):
    assert "nothing.yaml does not exist" in message_of("--configfile", str(tmp_path / "nothing.yaml"))
    assert "is a folder" in message_of("--configfile", str(tmp_path))


def test_broken_yaml_names_its_line(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("users: [1]\nrates: [1\nseed: }\n")
    assert f"{path}, line 3: this is no YAML" in message_of("--configfile", str(path))
    path.write_bytes(b"\xff\xfe\x00")
    assert "is no text file" in message_of("--configfile", str(path))


@pytest.mark.parametrize("text", ["", "- 1\n", "word\n"])
def test_a_file_without_keys_is_one_line(tmp_path, text):
    path = tmp_path / "list.yaml"
    path.write_text(text)
    assert "holds no keys with values" in message_of("--configfile", str(path))
