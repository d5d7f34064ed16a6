"""Two revisions of a server, put beside each other."""

import subprocess

import pytest
from servebench.ab.checkout import TwoRevisions, make_checkout
from servebench.ab.run import arguments, find_system
from servebench.config import SystemDefinition
from servebench.errors import ServebenchError
from servebench.files import read_yaml
from support.packages import default_config

DEFINITION = SystemDefinition(server="mine", inference="compiled", threads="cores")
MANIFEST = "title: Mine\nframework: x\nsystems:\n  mine: {inference: compiled, threads: cores}\n  other: {}\n"


def git(folder, *arguments):
    person = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *person, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path):
    """Three commits: a server, the server changed, another file changed."""
    folder = tmp_path / "repository"
    server = folder / "servers" / "mine"
    server.mkdir(parents=True)
    git(folder, "init", "--quiet")
    (server / "server.yaml").write_text(MANIFEST)
    for number, path in enumerate([server / "main.cpp", server / "main.cpp", folder / "Snakefile"]):
        path.write_text(f"version {number}\n")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "-m", "change")
        git(folder, "tag", f"v{number}")
    return folder


def revisions(repository, base, head):
    return TwoRevisions.of("mine", DEFINITION, base, head, repository)


def test_both_revisions_stand_in_the_checkout_as_servers_of_their_own(repository, tmp_path):
    (repository / "Snakefile").write_text("not committed\n")
    two, checkout = revisions(repository, "v0", "v2"), tmp_path / "checkout"
    make_checkout(two, repository, checkout)
    assert (checkout / "Snakefile").read_text() == "not committed\n"
    folders = [checkout / "servers" / f"mine-{commit[:10]}" for commit in two.commits]
    assert [(folder / "main.cpp").read_text() for folder in folders] == ["version 0\n", "version 1\n"]
    for folder, system in zip(folders, two.systems, strict=True):
        said = read_yaml(folder / "server.yaml", "")
        assert said["systems"] == {system: {"inference": "compiled", "threads": "cores"}}
        assert said["framework"] == "x"
    assert (checkout / "results").resolve() == repository / "results"


def test_what_did_not_change_is_as_old_when_the_checkout_is_made_again(repository, tmp_path):
    two, checkout = revisions(repository, "v0", "v1"), tmp_path / "checkout"

    def ages():
        make_checkout(two, repository, checkout)
        return {path: path.stat().st_mtime_ns for path in checkout.rglob("*") if path.is_file()}

    assert ages() == ages()


@pytest.mark.parametrize(
    ("base", "head", "says"),
    [("v9", "v0", "'v9' is no revision"), ("v1", "v2", "is the same at v1 and v2"), ("--help", "v0", "is no revision")],
)
def test_revisions_that_cannot_be_compared_are_one_line(repository, base, head, says):
    with pytest.raises(ServebenchError, match=says):
        revisions(repository, base, head)


def test_a_server_that_did_not_exist_is_one_line(repository):
    other = SystemDefinition(server="none", inference="compiled", threads="cores")
    with pytest.raises(ServebenchError, match="servers/none did not exist at"):
        TwoRevisions.of("none", other, "v0", "v1", repository)


def test_snakemake_measures_both_and_nothing_else(repository):
    two = revisions(repository, "v0", "v1")
    given = arguments("ab", two, ["users=[1]"])
    assert given[2:] == [
        "--config",
        "study=ab",
        f"systems=[{','.join(two.systems)}]",
        "rates=[]",
        "also=[]",
        "users=[1]",
        "--",
    ]


def test_a_system_is_found_where_config_or_server_declare_it():
    assert find_system("flask", default_config()).server == "flask"
    with pytest.raises(ServebenchError, match="did you mean 'flask'"):
        find_system("flaks", default_config())
