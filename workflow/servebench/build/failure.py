"""What a failed build means to the user."""

import re
from collections.abc import Sequence

from servebench.build.request import Unavailable
from servebench.build.server_manifest import UnavailableReason
from servebench.texts import visible

LONGEST = 300


def build_failure(output: str, otherwise: str, known_failures: Sequence[UnavailableReason]) -> Unavailable:
    """The reason and the remedy of the known failure that fits the output, else its first error, else `otherwise`."""
    for known in known_failures:
        if re.search(known.pattern, output):
            return Unavailable(known.reason, known.remedy)
    errors = [line.strip() for line in output.splitlines() if re.search(r"\b(error|Error)\b", line)]
    summary = errors[0] if errors else otherwise
    return Unavailable(
        f"the build failed: {visible(summary, LONGEST)}", "see the build's log, mend it, then `make retry`"
    )
