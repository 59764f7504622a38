"""Orders to a process, and what it says to them: real processes of a few lines."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE

import pytest

from mppsim.fleet.control_line import ControlLine, ServerEnded, ServerSilent

LIMIT = 20.0
SPEAKER = """
import json, sys, time
def answer(enclosed=b"", **said):
    line = json.dumps({**said, "enclosed": len(enclosed)}) + chr(10)
    sys.stdout.buffer.write(line.encode() + enclosed)
    sys.stdout.buffer.flush()
"""
ECHO = f"{SPEAKER}for line in sys.stdin: answer(said=json.loads(line))"


async def line_to(code: str) -> ControlLine:
    command = (sys.executable, "-S", "-c", code)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    return ControlLine(process)


async def ask(line: ControlLine, patience: float = LIMIT, **order: object) -> dict[str, object]:
    said, _ = await line.ask(order, patience=patience)
    return said


async def test_each_order_has_its_own_answer() -> None:
    line = await line_to(ECHO)
    given_up = asyncio.create_task(ask(line, n=0))
    await asyncio.sleep(0)
    given_up.cancel()
    answers = await asyncio.gather(*(ask(line, n=n) for n in range(20)))

    assert [answer["said"] for answer in answers] == [{"n": n} for n in range(20)]
    assert await line.hear_out(patience=LIMIT) is None
    assert line.has_ended


async def test_process_that_floods_its_standard_error_is_heard_all_the_same() -> None:
    flood = "for n in range(200_000): print('a line of some words', n, file=sys.stderr)"
    line = await line_to(f"{SPEAKER}sys.stdin.readline()\n{flood}\nanswer(done=True)")
    answer = await ask(line)
    async with asyncio.timeout(LIMIT):
        await line.hear_out(patience=LIMIT)

    assert answer["done"] is True
    assert line.last_words == "a line of some words 199999"
    assert len(line._said) <= 8192


async def test_answer_that_takes_long_is_waited_for_while_there_is_more_of_it() -> None:
    piece = "sys.stdout.buffer.write(b'x'); sys.stdout.buffer.flush(); time.sleep(0.05)"
    line = await line_to(
        f"{SPEAKER}sys.stdin.readline()\nprint(json.dumps(dict(enclosed=20)), flush=True)\n"
        f"for n in range(20): {piece}"
    )
    _, enclosed = await line.ask({}, patience=0.5)
    await line.hear_out(patience=LIMIT)

    assert enclosed == b"x" * 20


async def test_process_that_says_nothing_is_not_waited_for_again_until_it_speaks() -> None:
    line = await line_to(ECHO)
    line._process.send_signal(signal.SIGSTOP)
    with pytest.raises(ServerSilent, match="the embedded server does not answer"):
        await ask(line, patience=0.05)
    with pytest.raises(ServerSilent):
        await asyncio.wait_for(ask(line, patience=1000 * LIMIT), LIMIT)
    line._process.send_signal(signal.SIGCONT)
    await asyncio.wait(line._due)
    answer = await ask(line, n=7)
    await line.hear_out(patience=LIMIT)

    assert answer["said"] == {"n": 7}


async def test_process_that_ends_in_the_middle_of_an_answer_has_ended() -> None:
    line = await line_to("print('{\"enclosed\": 9}', end='\\n12345', flush=True)")
    with pytest.raises(ServerEnded):
        await ask(line)
    with pytest.raises(ServerEnded):
        await ask(line)
    await line.hear_out(patience=LIMIT)


@pytest.mark.parametrize("words", ["no JSON", "3", "{}", "x" * 100_000])
async def test_process_that_says_what_no_server_says_is_ended(words: str) -> None:
    flood = "while True: sys.stdout.write('more')"
    line = await line_to(f"import sys; print({words!r}, flush=True)\n{flood}")
    with pytest.raises(ServerEnded):
        await ask(line)
    async with asyncio.timeout(LIMIT):
        await line.hear_out(patience=LIMIT)

    assert line._process.returncode == -signal.SIGKILL


async def test_last_answer_comes_with_the_end() -> None:
    line = await line_to(f"{SPEAKER}sys.stdin.read()\nanswer(b'all', n=1)")

    assert await line.hear_out(patience=LIMIT) == ({"n": 1, "enclosed": 3}, b"all")
    assert await line.hear_out(patience=LIMIT) is None
    assert line._process.returncode == 0


async def test_process_is_ended_though_nobody_reads_any_more() -> None:
    line = await line_to("import sys\nwhile True: sys.stderr.write('w' * 4096)")
    line._overhearing.cancel()
    async with asyncio.timeout(LIMIT):
        await line.hear_out(patience=0.5)

    assert line._process.returncode == -signal.SIGKILL
