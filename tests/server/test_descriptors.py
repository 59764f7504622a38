"""Room for connections."""

import resource

from mppsim.server.descriptors import raise_descriptor_limit


def test_limit_is_raised_as_far_as_it_may_be() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, hard), hard))
        told = raise_descriptor_limit()
        raised, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert told == raised
    assert raised == (20_000 if hard == resource.RLIM_INFINITY else min(20_000, hard))


def test_higher_limit_stays() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    told = [raise_descriptor_limit(), raise_descriptor_limit()]
    after = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert after[0] >= before[0]
    assert told == [after[0]] * 2
