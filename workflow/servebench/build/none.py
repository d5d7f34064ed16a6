"""Packaging a server that needs no build: its files as they are."""

from servebench.build.builder import Builder, Built
from servebench.build.request import BuildRequest
from servebench.build.sources import copy_sources, source_files


def _build(request: BuildRequest) -> Built:
    copy_sources(request.system.server, request.manifest, request.source, request.folder)
    return Built()


NONE = Builder(start_s=0.8, source_files=source_files, build=_build)
