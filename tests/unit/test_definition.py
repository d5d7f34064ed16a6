import pytest
from servebench.config import dump_config, load_config, parse_config
from servebench.errors import ServebenchError
from servebench.files import write_text
from servebench.model.definition import ModelFile, TrainedModel, model_params, name_of_file, with_named_file
from servebench.trial.key import TrialKey
from servebench.trial.settings import TrialSettings
from support.packages import default_config

FILE = {"path": "models/churn.joblib", "sample": "models/churn.csv"}


def with_entry(entry):
    return {**default_config().model_dump(), "models": ["m"], "model_catalogue": {"m": entry}}


@pytest.mark.parametrize(
    ("payloads", "keys"),
    [
        ("sample", {"path", "sample"}),
        ("uniform", {"path", "sample"}),
        ({"replay": "requests.jsonl"}, {"path", "sample", "payloads"}),
    ],
)
def test_a_catalogue_takes_files_beside_trained_models(payloads, keys):
    model = parse_config(with_entry({**FILE, "payloads": payloads})).model_catalogue["m"]
    assert isinstance(model, ModelFile)
    assert set(model.files) == keys
    assert isinstance(default_config().model_catalogue["digits-forest"], TrainedModel)


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({"path": "a.joblib"}, "missing key 'model_catalogue.m.sample'"),
        ({"sample": "a.csv"}, "missing key 'model_catalogue.m.path'"),
        (
            {**FILE, "path": "a.h5"},
            "model_catalogue.m.path: 'a.h5' must end in one of .joblib, .pkl, .pickle, .skops, .onnx",
        ),
        ({**FILE, "sample": "a.xls"}, "model_catalogue.m.sample: 'a.xls' must end in one of .csv, .parquet, .pq"),
        ({**FILE, "path": 3}, "model_catalogue.m.path: must be a word, not 3"),
        ({**FILE, "payloads": "all"}, "model_catalogue.m.payloads: must be 'sample' or 'uniform', not 'all'"),
        (
            {**FILE, "payloads": {"replays": "a"}},
            "missing key 'model_catalogue.m.payloads.replay'; "
            "unknown key 'model_catalogue.m.payloads.replays'; did you mean 'replay'?",
        ),
        ({**FILE, "paths": "a"}, "unknown key 'model_catalogue.m.paths'; did you mean 'path'?"),
        (
            {**FILE, "dataset": "digits"},
            "model_catalogue.m: give either path and sample, or dataset and estimator, not path with dataset",
        ),
        ({"dataset": "digits"}, "missing key 'model_catalogue.m.estimator'"),
        ("word", "model_catalogue.m: must be a mapping of keys to values, not 'word'"),
    ],
)
def test_a_mistake_is_one_line_without_the_kinds_of_an_entry(entry, line):
    with pytest.raises(ServebenchError) as caught:
        parse_config(with_entry(entry))
    assert str(caught.value) == f"config: {line}"


def test_a_file_on_the_command_line_is_measured_alone_under_its_name():
    raw = {**default_config().model_dump(), "model": "models/My Churn_2.JOBLIB", "sample": "models/churn.csv"}
    config = parse_config(raw)
    assert config.models == ["my-churn-2"]
    assert config.model_catalogue["my-churn-2"] == ModelFile(path="models/My Churn_2.JOBLIB", sample="models/churn.csv")
    assert "digits-forest" in config.model_catalogue


def test_half_of_a_file_on_the_command_line_is_one_line():
    forms = "write it like 'make MODEL=.* SAMPLE=.*', or 'model=.* sample=.*' behind snakemake's --config"
    with pytest.raises(ServebenchError, match=f"config: sample: a file is missing: {forms}"):
        with_named_file({"model": "a.joblib"})
    with pytest.raises(ServebenchError, match="config: model: a file is missing"):
        with_named_file({"sample": "a.csv"})
    with pytest.raises(ServebenchError, match="has no letter or digit in its name"):
        name_of_file("models/_.joblib")


def test_a_configuration_with_a_file_reads_back_equal(tmp_path):
    config = parse_config(with_entry({**FILE, "payloads": {"replay": "r.jsonl"}}))
    write_text(tmp_path / "config.yaml", dump_config(config))
    assert load_config(tmp_path / "config.yaml") == config


def test_the_settings_of_a_trial_hold_the_file():
    config = parse_config(with_entry(FILE))
    key = TrialKey(model="m", system="fastapi", generator="native", load_point="users-64", repeat=1)
    assert TrialSettings.of(config, key).as_params()["model"] == {**FILE, "payloads": "sample"}


def test_a_rule_knows_a_file_by_its_content(tmp_path):
    path, sample = tmp_path / "a.joblib", tmp_path / "a.csv"
    path.write_text("one")
    sample.write_text("x\n1\n")
    definition = ModelFile(path=str(path), sample=str(sample))
    before = model_params(definition)
    path.touch()
    assert model_params(definition) == before
    path.write_text("two")
    assert model_params(definition) != before


def test_a_trained_models_params_are_its_definition():
    definition = TrainedModel(dataset="digits", estimator="random_forest")
    assert model_params(definition) == definition.model_dump(mode="json")
