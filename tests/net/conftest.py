from collections.abc import AsyncIterator

import pytest

from mppsim.net.uploader import UploadEngine
from tests.support.uploads import SetClock


@pytest.fixture
def engine_clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def engine(engine_clock: SetClock) -> AsyncIterator[UploadEngine]:
    with UploadEngine(monotonic=engine_clock) as engine:
        yield engine
