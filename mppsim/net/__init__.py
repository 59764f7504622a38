"""Does: clock, timers, uploads, SIP sockets and the shell of one phone.

asyncio and sockets live here, decisions do not. What waits is an upload in flight, never an idle
phone: an idle phone owns no task, no socket and no timer object.
"""
