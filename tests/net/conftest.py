from collections.abc import AsyncIterator

import pytest

from mppsim.net.uploader import UploadEngine, UploadLimits
from tests.support.uploads import SetClock


@pytest.fixture
def engine_clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def engine(engine_clock: SetClock) -> AsyncIterator[UploadEngine]:
    limits = UploadLimits(connect=10.0, send=20.0, answer=40.0)
    with UploadEngine(monotonic=engine_clock, limits=limits) as engine:
        yield engine
