"""Room for connections."""

import resource
from collections.abc import Iterator

import pytest

from mppsim.server.descriptors import count_places, raise_descriptor_limit

SOFT, HARD = resource.getrlimit(resource.RLIMIT_NOFILE)


@pytest.fixture(autouse=True)
def _limit_that_comes_back() -> Iterator[None]:
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT, HARD))


def limit(descriptors: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, HARD))


def test_limit_is_raised_as_far_as_it_may_be() -> None:
    limit(512)
    raise_descriptor_limit()
    raised, _ = resource.getrlimit(resource.RLIMIT_NOFILE)

    assert raised == (20_000 if HARD == resource.RLIM_INFINITY else min(20_000, HARD))


def test_higher_limit_stays() -> None:
    raise_descriptor_limit()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    raise_descriptor_limit()

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


@pytest.mark.parametrize(("descriptors", "places"), [(4096, 3584), (1024, 512), (300, 150)])
def test_some_descriptors_are_left_for_the_rest(descriptors: int, places: int) -> None:
    limit(descriptors)

    assert count_places() == places
