"""A checkout in which one server stands twice, as it was at two revisions; all else is as it is now."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml

from servebench.ab.revisions import commit_of, export, short, tracked_files, tree_of
from servebench.build.server_manifest import SERVER_YAML
from servebench.config import SystemDefinition
from servebench.errors import ServebenchError
from servebench.files import read_yaml, write_text

# What a study is run from; what was made or measured before is linked, not copied.
HARNESS = ("Snakefile", "config", "envs", "profiles", "pyproject.toml", "servers", "workflow")
LINKED = ("results", ".cache")


@dataclass(frozen=True)
class TwoRevisions:
    """A system of a server, and the commits at which it is measured: what was before, and what is held against it."""

    system: str
    definition: SystemDefinition
    commits: tuple[str, str]

    @classmethod
    def of(cls, system: str, definition: SystemDefinition, base: str, head: str, repository: Path) -> "TwoRevisions":
        """Raises ServebenchError where a revision has no such server, or both have the same."""
        commits = commit_of(base, repository), commit_of(head, repository)
        folder = f"servers/{definition.server}"
        if len({tree_of(commit, folder, repository) for commit in commits}) == 1:
            raise ServebenchError(f"{folder} is the same at {base} and {head}: only what differs there is compared")
        return cls(system, definition, commits)

    @property
    def systems(self) -> list[str]:
        """The names of the two systems."""
        return [self.system_at(commit) for commit in self.commits]

    def system_at(self, commit: str) -> str:
        """The system's name at a commit: another commit is another system, whose trials are its own."""
        return f"{self.system}-{short(commit)}"


def make_checkout(revisions: TwoRevisions, repository: Path, checkout: Path) -> None:
    """Make the checkout anew, with both revisions of the server as servers of their own."""
    shutil.rmtree(checkout, ignore_errors=True)
    for path in tracked_files(HARNESS, repository):
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(repository / path, checkout / path)
    for name in LINKED:
        (repository / name).mkdir(exist_ok=True)
        (checkout / name).symlink_to((repository / name).resolve())
    for commit in revisions.commits:
        _put_server(revisions, commit, repository, checkout / "servers")


def _put_server(revisions: TwoRevisions, commit: str, repository: Path, servers: Path) -> None:
    """The server as it was, under a name of its own, with the one system that is compared."""
    server = revisions.definition.server
    folder = servers / f"{server}-{short(commit)}"
    export(commit, f"servers/{server}", repository, folder)
    manifest = folder / SERVER_YAML
    written = manifest.stat()
    said = read_yaml(manifest, "give another revision")
    said["title"] = f"{said['title']}, at {short(commit)}"
    said["systems"] = {
        revisions.system_at(commit): revisions.definition.model_dump(mode="json", exclude={"server"}, exclude_none=True)
    }
    write_text(manifest, yaml.safe_dump(said, sort_keys=False, allow_unicode=True))
    # What did not change must look so, or its trials would be made again.
    os.utime(manifest, ns=(written.st_atime_ns, written.st_mtime_ns))
