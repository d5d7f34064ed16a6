"""How a study is made again, checked and cited: exact commands."""

import re

from servebench.report.again import again_command
from servebench.report.answer import Identity, identity
from servebench.report.data import StudyData
from servebench.report.foreign import told

CITED = (
    "Cite the archive. Every package, build and file with its hash stands in `provenance.json`; how the code itself is "
    "cited says `CITATION.cff`."
)


def reproduce(data: StudyData) -> str:
    """The commands, and what names the study."""
    study, known = data.config.study, identity(data)
    commands = {
        **_checkout(known),
        again_command(study): "measure again",
        f"make compare A=results/{study} B=results/{study}-again": "what came out otherwise",
        f"make report STUDY={study}": "this report from its raw trials, without measuring",
        f"make archive STUDY={study}": "all of it as one file to cite",
        f"make verify ARCHIVE=results/{study}/{data.paths.crate.name}": "whether such a file is what it says",
    }
    lines = "\n".join(f"{command}  # {meaning}" for command, meaning in commands.items())
    return f"## Reproduce and cite\n\n```sh\n{lines}\n```\n\nThis is study `{study}`: {told(known.line)}. {CITED}"


def _checkout(known: Identity) -> dict[str, str]:
    """Where a commit alone is the code that measured; whoever made the study, it is a line for a shell."""
    is_whole = re.fullmatch(r"[0-9a-f]{7,64}", known.commit) is not None
    return {f"git checkout {known.commit}": "the code that measured"} if is_whole else {}
