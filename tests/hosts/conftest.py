"""Hosts made of network namespaces, where this machine allows them."""

import os

import pytest
from support.namespaces import hosts_of


@pytest.fixture
def hosts(tmp_path, request):
    """Two load hosts, or as many as the test's parameter says; skipped, with the reason, where there can be none."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    made = hosts_of(getattr(request, "param", 2), tmp_path)
    try:
        found = made.__enter__()
    except (RuntimeError, OSError) as error:
        pytest.skip(f"no network namespaces here: {error}")
    try:
        yield found
    finally:
        made.__exit__(None, None, None)
