"""The smallest program that makes a phone report to a server.

    python examples/one_phone.py http://127.0.0.1:8000

Its clock jumps to whatever is due next, so that a delay of a minute takes no time.
"""

import asyncio
import sys

from mppsim.net import RunClock, make_phone, open_surroundings


async def main(server: str) -> None:
    """Switch a phone on, change something on it, and let an hour of its time pass."""
    with open_surroundings(RunClock(None), tell=print) as surroundings:
        phone = make_phone(
            surroundings,
            "8851",
            Report_Rule=f"[--delta]{server}/$MA-delta.xml",
            Report_To_Server="On Local Change",
        )
        phone.switch_on()
        phone.submit_changes({"Station_Display_Name": "Lobby"})
        await surroundings.timers.run_until(3600)
        await surroundings.timers.settle(30)


asyncio.run(main(sys.argv[1]))
