import errno
import os
import shutil

import pytest
from servebench.errors import ServebenchError
from servebench.files import write_json
from servebench.machine import Cpu
from servebench.paths import StudyPaths
from servebench.plan import refusal
from servebench.plan.cells import trial_keys, trial_result
from servebench.plan.refusal import (
    refuse_changed_files,
    refuse_changed_settings,
    refuse_finer_precision,
    refuse_impossible_cores,
    refuse_missing_files,
    refuse_mistaken_protocols,
    refuse_unusable_folder,
    refuse_unwritable_folder,
)
from servebench.protocol import description
from servebench.trial.settings import TrialSettings
from support.packages import default_config

TWO_CPUS = [Cpu(0, (0, 0), 0), Cpu(1, (0, 1), 0)]


def test_changed_settings_are_refused_and_a_remedy_is_named(tmp_path):
    config = default_config()
    paths = StudyPaths(tmp_path)
    key = trial_keys(config)[0]
    write_json(trial_result(paths, key), {"settings": TrialSettings.of(config, key).as_params()})
    refuse_changed_settings(config, paths)
    refuse_changed_settings(default_config(repeats=7, users=[1, 3]), paths)
    refuse_changed_settings(default_config(price_per_cpu_hour=0.05), paths)
    refuse_changed_settings(default_config(duration_s=9, remeasure=True), paths)
    with pytest.raises(ServebenchError, match=r"duration_s=2\.0.*remeasure=true"):
        refuse_changed_settings(default_config(duration_s=9), paths)


@pytest.mark.parametrize("text", ["", '{"settings": {', "[1]", '{"settings": 1}'])
def test_a_cut_record_names_its_trial_and_the_remedy(tmp_path, text):
    config = default_config()
    path = trial_result(StudyPaths(tmp_path), trial_keys(config)[0])
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(ServebenchError) as caught:
        refuse_changed_settings(config, StudyPaths(tmp_path))
    assert str(path) in str(caught.value)
    assert f"delete {path.parent} and the tables, and run again, which measures this trial anew" in str(caught.value)


def test_a_precision_that_a_study_did_not_stop_at_is_another_study(tmp_path):
    config = default_config(precision="15%")
    paths = StudyPaths(tmp_path)
    key = next(key for key in trial_keys(config) if key.repeat == 6)
    refuse_finer_precision(config, paths)
    look = {"precision": 0.15, "blocks": 5}
    settings = TrialSettings.of(config, key).as_params()
    write_json(trial_result(paths, key), {"settings": settings, "outcome": "not needed", "look": look})
    refuse_finer_precision(config, paths)
    refuse_finer_precision(default_config(precision="20%"), paths)
    # The wish is none of a trial's settings.
    refuse_changed_settings(config, paths)
    with pytest.raises(ServebenchError, match="stopped after 5 blocks, at a precision of 15%, the config now says 10%"):
        refuse_finer_precision(default_config(precision="10%"), paths)
    with pytest.raises(ServebenchError, match="the config now says repeats: give the study another name"):
        refuse_finer_precision(default_config(repeats=8), paths)


def test_a_file_in_the_place_of_the_study_is_refused(tmp_path):
    (tmp_path / "x").write_text("")
    refuse_unusable_folder(StudyPaths(tmp_path / "y"))
    with pytest.raises(ServebenchError, match="x is a file, where the study's folder should be"):
        refuse_unusable_folder(StudyPaths(tmp_path / "x"))
    with pytest.raises(ServebenchError, match="x is a file, where the study's folder should be"):
        refuse_unusable_folder(StudyPaths(tmp_path / "x" / "y"))


def test_cores_that_fit_no_system_are_refused_before_anything_is_measured(tmp_path):
    paths = StudyPaths(tmp_path)
    refuse_impossible_cores(default_config(server_cores=None), paths, TWO_CPUS)
    refuse_impossible_cores(default_config(server_cores=1), paths, TWO_CPUS)
    refuse_impossible_cores(default_config(server_cores=64, placement="shared"), paths, TWO_CPUS)
    with pytest.raises(ServebenchError, match=r"server_cores: needs 64 CPUs .* this machine has 2: give fewer"):
        refuse_impossible_cores(default_config(server_cores=64), paths, TWO_CPUS)


def test_a_system_with_cores_of_its_own_is_not_refused(tmp_path):
    catalogue = default_config().model_dump()["system_catalogue"]
    wide = {**catalogue["beast"], "cores": 8}
    config = default_config(systems=["wide"], also=[], server_cores=64, system_catalogue={**catalogue, "wide": wide})
    refuse_impossible_cores(config, StudyPaths(tmp_path), TWO_CPUS)


def test_a_study_that_is_complete_is_reported_on_a_smaller_machine(tmp_path):
    config = default_config(server_cores=64)
    for key in trial_keys(config):
        write_json(trial_result(StudyPaths(tmp_path), key), {})
    refuse_impossible_cores(config, StudyPaths(tmp_path), TWO_CPUS)


def config_of_files(folder, **changes):
    catalogue = {"m": {"path": str(folder / "m.joblib"), "sample": str(folder / "m.csv")}}
    return default_config(models=["m"], model_catalogue=catalogue, **changes)


def test_a_models_file_that_is_not_there_is_named_with_its_key(tmp_path):
    (tmp_path / "m.joblib").write_text("a model")
    with pytest.raises(ServebenchError, match=r"config: model_catalogue\.m\.sample: .*m\.csv: paths begin"):
        refuse_missing_files(config_of_files(tmp_path))
    (tmp_path / "m.csv").write_text("a\n1\n")
    refuse_missing_files(config_of_files(tmp_path))
    # One of the catalogue that the study does not measure is of no matter.
    refuse_missing_files(default_config())


def test_a_mistake_in_how_a_system_is_asked_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    config = default_config()
    refuse_mistaken_protocols(config)
    shutil.copytree(description.PROTOCOLS, tmp_path / "protocols")
    monkeypatch.setattr(description, "PROTOCOLS", tmp_path / "protocols")
    with (tmp_path / "protocols/servebench.yaml").open("a") as file:
        file.write("retries: 3\n")
    with pytest.raises(ServebenchError, match=r"^servers/protocols/servebench.yaml: .*retries"):
        refuse_mistaken_protocols(config)


def test_trials_of_a_file_that_has_changed_since_are_not_replaced_silently(tmp_path):
    for name in ("m.joblib", "m.csv"):
        (tmp_path / name).write_text("before")
    config, paths = config_of_files(tmp_path), StudyPaths(tmp_path / "study")
    write_json(paths.model("m") / "manifest.json", {"files": config.model_catalogue["m"].hashes})
    refuse_changed_files(config, paths)
    (tmp_path / "m.csv").write_text("after")
    # Without a trial there is nothing to lose.
    refuse_changed_files(config, paths)
    write_json(trial_result(paths, trial_keys(config)[0]), {})
    refuse_changed_files(config_of_files(tmp_path, remeasure=True), paths)
    with pytest.raises(ServebenchError, match=r"measured before .*m\.csv changed: .*remeasure=true"):
        refuse_changed_files(config, paths)


def test_folders_that_cannot_be_written_to_are_refused_where_trials_are_missing(tmp_path, monkeypatch):
    def only_read(folder, *_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(folder))

    config, paths = default_config(), StudyPaths(tmp_path / "results" / "x")
    # Nothing is there yet: whoever makes it finds out.
    refuse_unwritable_folder(config, paths)
    for key in trial_keys(config):
        write_json(trial_result(paths, key), {})
    monkeypatch.setattr(refusal, "ensure_writable", only_read)
    refuse_unwritable_folder(config, paths)
    trial_result(paths, trial_keys(config)[0]).unlink()
    with pytest.raises(ServebenchError, match="x: Read-only file system: this place can only be read"):
        refuse_unwritable_folder(config, paths)


def test_asking_whether_a_folder_can_be_written_to_leaves_nothing(tmp_path):
    config, paths = default_config(), StudyPaths(tmp_path / "x")
    paths.root.mkdir()
    refuse_unwritable_folder(config, paths)
    assert not list(paths.root.iterdir())
