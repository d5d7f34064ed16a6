"""What the page's scripts are made of: Vega's runtime once, and data as JSON that cannot end its element."""

import json
from typing import Any

SNIPPET = "window.vegaEmbed = vegaEmbed;"


def vega_runtime() -> str:
    """Vega with Vega-Lite and its embedder as one script, of the version that Altair writes for."""
    # Imported late: they are large, and every command would wait for them.
    import altair
    import vl_convert

    version = ".".join(altair.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return vl_convert.javascript_bundle(SNIPPET, vl_version=version).replace("</script", "<\\/script")


def script_json(value: Any) -> str:
    """A value as JSON for inside a script element, whatever its texts hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")
