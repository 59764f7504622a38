import asyncio

import pytest

from tests.support.phone_desk import Desk
from tests.support.turns import turns


def forget_cancelling() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.uncancel()


async def test_bug_at_a_deadline_fails_the_test_that_waits() -> None:
    desk = Desk()
    desk.timers.call_at(1.0, lambda: 1 / 0)

    with pytest.raises(asyncio.CancelledError, match="ZeroDivisionError"):
        await desk.run(until=2.0)
    forget_cancelling()


async def test_bug_at_the_end_of_what_holds_the_clock_fails_the_test_that_waits() -> None:
    desk = Desk()
    desk.timers.hold()
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)

    with pytest.raises(asyncio.CancelledError, match="ZeroDivisionError"):
        await desk.run(until=2.0)
    forget_cancelling()


async def test_question_about_a_cancelled_task_is_no_bug() -> None:
    desk = Desk()
    cancelled = asyncio.get_running_loop().create_future()
    cancelled.cancel()
    asyncio.get_running_loop().call_soon(cancelled.exception)

    await desk.run(until=1.0)


async def test_handler_of_the_tests_own_stays() -> None:
    caught = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: caught.append(context))
    desk = Desk()
    desk.timers.call_at(0.0, lambda: 1 / 0)
    await turns(5)

    assert isinstance(caught[0]["exception"], ZeroDivisionError)
