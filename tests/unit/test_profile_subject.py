import pytest
from servebench.config import dump_config
from servebench.errors import ServebenchError
from servebench.files import write_json, write_text
from servebench.load_point import ClosedLoop
from servebench.paths import StudyPaths
from servebench.profile.subject import find_subject, native_generator
from support.packages import default_config


@pytest.fixture
def study(tmp_path):
    """A study of two systems, the second of which could not be built."""

    def make(**changes):
        paths = StudyPaths(tmp_path / "x")
        given = {"models": ["cancer-logistic"], "systems": ["fastapi", "crow", "beast"], "users": [1, 32], "also": []}
        write_text(paths.config, dump_config(default_config(study="x", **{**given, **changes})))
        built = {"status": "built", "language": "Python"}
        failed = {"status": "unavailable", "reason": "no compiler", "remedy": "install one"}
        write_json(paths.build("cancer-logistic", "fastapi") / "manifest.json", built)
        write_json(paths.build("cancer-logistic", "crow") / "manifest.json", failed)
        return paths

    return make


def test_the_most_users_of_the_study_load_it(study):
    subject = find_subject(study(), "fastapi", None)
    assert (subject.model, subject.language, subject.point) == ("cancer-logistic", "Python", ClosedLoop(32))


def test_a_study_without_users_has_as_many_as_its_generator_has_connections(study):
    config = default_config()
    connections = config.generator_catalogue[native_generator(config)].connections
    assert find_subject(study(users=[], rates=[100]), "fastapi", None).point == ClosedLoop(connections)


def test_a_study_by_another_generator_is_loaded_by_the_native_one_of_the_catalogue():
    config = default_config(generators=["locust"], also=[])
    assert config.generator_catalogue[native_generator(config)].kind == "native"
    others = {name: kind for name, kind in config.generator_catalogue.items() if kind.kind != "native"}
    with pytest.raises(ServebenchError, match="no generator of the kind native"):
        native_generator(default_config(generators=["locust"], also=[], generator_catalogue=others))


@pytest.mark.parametrize(
    ("system", "model", "words"),
    [
        ("fastapy", None, "study 'x' has no system 'fastapy'; did you mean 'fastapi'?"),
        ("fastapi", "cancer-logistics", "study 'x' has no model 'cancer-logistics'; did you mean 'cancer-logistic'?"),
        ("beast", None, "run `make STUDY=x` first, which builds beast"),
        ("crow", None, "system crow could not be built: no compiler: install one"),
    ],
)
def test_what_is_not_there_is_one_line_with_the_remedy(study, system, model, words):
    with pytest.raises(ServebenchError) as caught:
        find_subject(study(), system, model)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_study_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(ServebenchError, match="does not exist: is the study's name right"):
        find_subject(StudyPaths(tmp_path / "nobody"), "fastapi", None)
