"""`make demo`: a study that was measured before and is kept in the repository, shown in seconds."""

import os
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path

STUDY = "reference"
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")


def show_page(page: Path) -> None:
    """Say where a page is, and open it where somebody sits at a screen."""
    print(f"\nthe page to open: {page.resolve().as_uri()}")
    if sys.stdout.isatty() and has_screen(os.environ, sys.platform):
        webbrowser.open(page.resolve().as_uri())


def has_screen(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a browser with windows can be opened here: a terminal's own would take the terminal."""
    return platform == "darwin" or any(environment.get(name) for name in SCREENS)
