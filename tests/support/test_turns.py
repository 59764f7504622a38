import asyncio

from tests.support.loop_guard import guard_loop
from tests.support.turns import turns


async def test_turns_that_are_cancelled_leave_no_error_behind() -> None:
    guard_loop()
    waiting = asyncio.create_task(turns(5))
    asyncio.get_running_loop().call_soon(waiting.cancel)
    await asyncio.wait([waiting])

    assert waiting.cancelled()
    await turns(5)
