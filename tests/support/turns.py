"""Turns of the event loop, counted; nothing sleeps."""

import asyncio

__all__ = ["turns"]


async def turns(count: int = 1) -> None:
    """Let the event loop go round so many times."""
    loop = asyncio.get_running_loop()
    for _ in range(count):
        turned = loop.create_future()
        loop.call_soon(turned.set_result, None)
        await turned
