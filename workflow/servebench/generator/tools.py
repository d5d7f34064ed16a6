"""The load tools of others that stand on the PATH, by kind."""

from types import ModuleType

from servebench.generator import oha, wrk
from servebench.words import GeneratorKind

# Each module offers `find()`, `command(spec, duration_s, start_s)`, `read(spec, output, usage_s)`, and how long before
# its first request it is started (LEAD_S) and whether it then waits for `start_s` (AWAITS_START): one that sends as
# soon as it can must not be started beside the warm-up.
TOOLS: dict[GeneratorKind, ModuleType] = {GeneratorKind.WRK: wrk, GeneratorKind.OHA: oha}
