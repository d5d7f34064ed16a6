"""What READMEs and docs say that is made from the code: verdicts, servers, the keys of the config."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from servebench.build.declared import systems_of_server
from servebench.build.server_manifest import known_servers, load_server_manifest
from servebench.config import SystemDefinition, load_config
from servebench.paths import CONFIG, REPOSITORY, SERVERS
from servebench.report.config_keys import config_keys
from servebench.report.format import markdown_table
from servebench.report.verdict_words import verdict_words
from servebench.report.word_list import word_list
from servebench.words import ContrastWord, VerdictWord

OF_TWO = "Of two systems:"


@dataclass(frozen=True)
class MadePart:
    """A part of a README between two markers, and what makes it."""

    path: Path
    name: str
    make: Callable[[], str]

    @property
    def begin(self) -> str:
        """The marker before it."""
        return f"<!-- {self.name}: made by `make format` -->"

    @property
    def end(self) -> str:
        """The marker behind it."""
        return f"<!-- {self.name} end -->"

    def render(self, text: str) -> str:
        """The text with this part made anew; ValueError where its markers are not there once each."""
        head, begin, rest = text.partition(self.begin)
        _, end, tail = rest.partition(self.end)
        if not begin or not end or self.begin in rest or self.end in tail:
            raise ValueError(f"{self.path.name} needs '{self.begin}' and '{self.end}' once each, in this order")
        return f"{head}{self.begin}\n{self.make()}\n{self.end}{tail}"

    def write(self) -> None:
        """Make it anew in its file."""
        self.path.write_text(self.render(self.path.read_text(encoding="utf-8")), encoding="utf-8")


def verdicts() -> str:
    """The words of one system and of two, with their meanings."""
    return f"{word_list(VerdictWord)}\n\n{OF_TWO}\n\n{word_list(ContrastWord)}"


def servers_table() -> str:
    """Every server with its systems, those of the config included."""
    configured = load_config(CONFIG).system_catalogue
    rows = []
    for name in known_servers():
        server = load_server_manifest(name)
        of_config = [
            key for key, value in configured.items() if isinstance(value, SystemDefinition) and value.server == name
        ]
        systems = ", ".join(f"`{system}`" for system in {**dict.fromkeys(of_config), **systems_of_server(name)})
        rows.append([f"`{name}`", server.title, server.language, ", ".join(server.inference), server.contract, systems])
    return markdown_table(["server", "what it is", "language", "inference", "contract", "systems"], rows)


VERDICTS = MadePart(REPOSITORY / "README.md", "verdicts", verdicts)
SERVERS_TABLE = MadePart(SERVERS / "README.md", "servers", servers_table)
VERDICT_WORDS = MadePart(REPOSITORY / "docs" / "verdicts.md", "verdicts", verdict_words)
CONFIG_KEYS = MadePart(REPOSITORY / "config" / "README.md", "keys", config_keys)
PARTS = (VERDICTS, SERVERS_TABLE, VERDICT_WORDS, CONFIG_KEYS)


if __name__ == "__main__":
    for part in PARTS:
        part.write()
