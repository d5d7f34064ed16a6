"""What a text may hold that somebody else writes, and how a foreign text is shown: patterns, which schemas print too.

Names become folders; files are the user's own, wherever they stand. No text of a config is ever given to a shell, and
none holds what a shell would read: whoever copies it to one is as safe.
"""

import re
from typing import Annotated

from pydantic import Field

from servebench.errors import ServebenchError

# Controls and line breaks, and what has no width or turns the direction of writing.
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
_OF_SHELLS = r";|&$`<>\\"

NAME_PATTERN = r"^[a-z0-9][a-z0-9-]*$"
NAME_LENGTH = 60
NAME_WORDS = "a name of lower-case letters, digits and hyphens"
VARIABLE_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"
WORD_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
# What no program takes for an option.
HOST_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
# No shell, here or on a load host, makes anything of such a word.
LAUNCH_PATTERN = r"^([A-Za-z0-9@%+=:,./_-]|\{host\})+$"
URL_PATH_PATTERN = r"^/[A-Za-z0-9/._~!*()@+,=:%?&-]*$"
HEADER_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_-]*$"
HEADER_TEXT_PATTERN = r"^[ -~]*$"
LINE_PATTERN = rf"^[^{_UNSEEN}]+$"
# What runs by its purpose may stand on several lines.
COMMAND_PATTERN = LINE_PATTERN.replace(r"\x00-\x1f", r"\x00-\x08\x0b-\x1f")
VALUE_PATTERN = rf"^[^{_UNSEEN}{_OF_SHELLS}]*$"
FILE_PATTERN = rf"^[^\-{_UNSEEN}{_OF_SHELLS}][^{_UNSEEN}{_OF_SHELLS}]*$"
PATTERNS = {
    NAME_PATTERN: NAME_WORDS,
    VARIABLE_PATTERN: "a name of a variable: letters, digits and _",
    WORD_PATTERN: "a word of letters, digits, _, . and -",
    HOST_PATTERN: "a host's name of letters, digits, dots and hyphens",
    LAUNCH_PATTERN: "a word of letters, digits, @%+=:,./_- and {host}",
    COMMAND_PATTERN: "a command of visible letters",
    URL_PATH_PATTERN: "a path such as /predict",
    HEADER_PATTERN: "a header of letters, digits, - and _",
    HEADER_TEXT_PATTERN: "one line of ASCII",
    LINE_PATTERN: "one line of visible letters",
    VALUE_PATTERN: "one line without signs of a shell, such as ; and $",
    FILE_PATTERN: "the name of a file, without signs of a shell, such as ; and $, and without - in front",
}
# The longest path that Linux takes.
LONGEST_FILE = 4095
LONGEST_LINE = 1000
LONGEST_HOST = 253
LONGEST_VALUE = 4000
LONGEST_MESSAGE = 3000

Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=NAME_LENGTH)]
Variable = Annotated[str, Field(pattern=VARIABLE_PATTERN, max_length=NAME_LENGTH)]
Word = Annotated[str, Field(pattern=WORD_PATTERN, max_length=NAME_LENGTH)]
HostName = Annotated[str, Field(pattern=HOST_PATTERN, max_length=LONGEST_HOST)]
LaunchWord = Annotated[str, Field(pattern=LAUNCH_PATTERN, max_length=LONGEST_LINE)]
Command = Annotated[str, Field(pattern=COMMAND_PATTERN, max_length=LONGEST_VALUE)]
UrlPath = Annotated[str, Field(pattern=URL_PATH_PATTERN, max_length=LONGEST_LINE)]
HeaderName = Annotated[str, Field(pattern=HEADER_PATTERN, max_length=NAME_LENGTH)]
HeaderText = Annotated[str, Field(pattern=HEADER_TEXT_PATTERN, max_length=LONGEST_LINE)]
Line = Annotated[str, Field(pattern=LINE_PATTERN, max_length=LONGEST_LINE)]
Value = Annotated[str, Field(pattern=VALUE_PATTERN, max_length=LONGEST_VALUE)]
UserFile = Annotated[str, Field(pattern=FILE_PATTERN, max_length=LONGEST_FILE)]

# As the pattern says it, for what was not read by a schema.
_NOT_VISIBLE = re.compile(f"[{_UNSEEN}]")


def visible(text: str, most: int = LONGEST_MESSAGE) -> str:
    """A foreign text as one line of a terminal: controls by their escapes, and no more than `most` letters."""
    shown = _NOT_VISIBLE.sub(lambda found: found.group().encode("unicode_escape").decode(), text)
    return shown if len(shown) <= most else f"{shown[:most]}.."


def visible_lines(text: str) -> str:
    """What the terminal gets: its lines stay lines, and no text in them is an order to the terminal."""
    return "\n".join(visible(line) for line in text.split("\n"))


def require_name(key: str, text: str) -> str:
    """The text, which is a name; raises ServebenchError where it is none and would lead out of a folder."""
    if len(text) > NAME_LENGTH or re.fullmatch(NAME_PATTERN, text) is None:
        raise ServebenchError(f"{key} must be {NAME_WORDS}, not '{visible(text, NAME_LENGTH)}'")
    return text
