"""Turns of the event loop, counted; nothing sleeps."""

import asyncio

__all__ = ["turns"]


async def turns(count: int = 1) -> None:
    """Let the event loop go round so many times."""
    for _ in range(count):
        turned = asyncio.Event()  # unlike a future it does not mind that nobody waits any more
        asyncio.get_running_loop().call_soon(turned.set)
        await turned.wait()
