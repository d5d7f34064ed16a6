import resource

import pytest
from servebench.descriptors import RESERVE, needed_descriptors, raise_descriptor_limit
from servebench.errors import ServebenchError


@pytest.fixture
def limits(monkeypatch):
    """The limits that this process seems to have, in a list that holds them."""
    now = [(1024, 4096)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: now[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: now.append(wanted))
    return now


def test_a_limit_that_is_enough_is_left_alone(limits):
    raise_descriptor_limit(1024 - RESERVE)
    limits[0] = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    raise_descriptor_limit(1_000_000)
    assert len(limits) == 1


def test_a_limit_that_may_be_raised_is_raised_as_far_as_needed(limits):
    raise_descriptor_limit(2000)
    assert limits[-1] == (needed_descriptors(2000), 4096)
    limits.append((1024, resource.RLIM_INFINITY))
    raise_descriptor_limit(10_000)
    assert limits[-1] == (needed_descriptors(10_000), resource.RLIM_INFINITY)


def test_a_limit_that_may_not_be_raised_is_said_with_the_remedy(limits):
    with pytest.raises(ServebenchError, match=r"10,000 connections need 10,256 open files, 4,096 are allowed here"):
        raise_descriptor_limit(10_000)
    assert len(limits) == 1
