"""What bad input gets, and that the manual, `--help` and the program name the same options."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mppsim import __version__
from mppsim.cli import commands
from mppsim.cli.commands import load_command
from mppsim.core.encryption import encrypt_key
from tests.support.commands import PATIENCE, Ended, run_command, run_commands, start_command

MANUAL = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()

USAGE, REFUSED, NOT_STARTED = 2, 3, 4

BROKEN = "<flat-profile>\n<A>1</B>\n</flat-profile>\n"
HOSTILE = '<!DOCTYPE a [<!ENTITY x SYSTEM "/etc/passwd">]>\n<flat-profile><A>&x;</A></flat-profile>'

# A command line, its exit code, and what its one line says. Words in capitals are made by `place`.
WRONG = [
    ("frobnicate", USAGE, "'frobnicate'"),
    ("--frobnicate", USAGE, "--frobnicate"),
    ("run --speed fast", USAGE, "a number from 0.001 to 1000000, or max"),
    ("run --speed 0", USAGE, "a number from 0.001 to 1000000, or max"),
    ("run --seed -1", USAGE, "'--seed'"),
    ("run --json --events -", USAGE, "--json and --events -"),
    ("run --events NOWHERE/run.jsonl", NOT_STARTED, "NOWHERE/run.jsonl: No such file"),
    ("run lobby.yaml", NOT_STARTED, "lobby.yaml: No such file"),
    ("run -", NOT_STARTED, "-: No such file"),
    ("run .", NOT_STARTED, ".: Is a directory"),
    ("run --workers 0", USAGE, "'--workers'"),
    ("run --duration 90", USAGE, "'90' is no duration; write 90s, 15m or 1h"),
    ("run --set Report_Rule", USAGE, "NAME=VALUE"),
    ("run --out .", NOT_STARTED, "there are files in it, and not those of an earlier run"),
    ("doctor --phones 5", USAGE, "--phones needs a scenario whose phones are counted"),
    ("doctor nowhere.yaml", NOT_STARTED, "nowhere.yaml: No such file"),
    ("phone --model 9999", USAGE, "no phone model '9999': try"),
    ("phone --firmware mpp-13.0", USAGE, "no firmware release 'mpp-13.0': try mpp-12.0"),
    ("phone --mac 00:11", USAGE, "write it like 00:56:2B:0A:FF:43"),
    ("phone --ip localhost", USAGE, "give an address, for example 127.0.0.5"),
    ("phone --sip-port 65536", USAGE, "65535"),
    ("phone --sip-port TAKEN-UDP", NOT_STARTED, "Address already in use"),
    ("phone --web-port 65536", USAGE, "65535"),
    ("phone --sip-port 0 --web-port TAKEN-PORT", NOT_STARTED, "Address already in use"),
    ("phone --ip 192.0.2.1 --sip-port 0", NOT_STARTED, "192.0.2.1"),
    ("phone --profile NOWHERE.xml", NOT_STARTED, "NOWHERE.xml: No such file"),
    ("phone --profile .", NOT_STARTED, "Is a directory"),
    ("phone --profile broken.xml", USAGE, "broken.xml, line 2:"),
    ("phone --profile hostile.xml", USAGE, "hostile.xml, line 1: has a DOCTYPE"),
    ("phone --profile empty.xml", USAGE, "empty.xml, line 1:"),
    ("phone --set Report_Rule", USAGE, "NAME=VALUE"),
    ("phone --set Report_Rule=@NOWHERE", NOT_STARTED, "NOWHERE: No such file"),
    ("phone --quirk change_kap=2", USAGE, "no quirk 'change_kap': try change_cap"),
    ("phone --quirk change_cap=many", USAGE, "a whole number from 1"),
    ("phone --speed 0", USAGE, "'--speed'"),
    ("phone --for 90", USAGE, "'90' is no duration; write 90s, 15m or 1h"),
    ("phone --ca NOWHERE.pem", NOT_STARTED, "NOWHERE.pem"),
    ("phone --ca broken.xml", NOT_STARTED, "broken.xml: there is no CA certificate in it"),
    ("serve --listen 8000", USAGE, "give HOST:PORT, for example 127.0.0.1:8000"),
    ("serve --listen TAKEN-TCP", NOT_STARTED, "Address already in use"),
    ("serve --listen 127.0.0.1:0 --dir broken.xml", NOT_STARTED, "broken.xml: is a file"),
    ("serve --key @NOWHERE", NOT_STARTED, "NOWHERE: No such file"),
    ("serve --ikm zz --ikm-encoding hex", USAGE, "the IKM is not valid hex"),
    ("serve --user joe", USAGE, "both --user and --password"),
    ("serve --tls-cert cert.pem", USAGE, "--tls-cert and --tls-key belong together"),
    ("serve --max-body 0", USAGE, "'--max-body'"),
    ("notify", USAGE, "HOST[:PORT]"),
    ("notify 127.0.0.1:sip", USAGE, "is no HOST:PORT; write 192.0.2.7:5060"),
    ("notify FREE-UDP --timeout 30s", REFUSED, "nothing listens there"),
    ("notify 127.0.0.1 --user joe", USAGE, "--user and --password belong together"),
    ("notify 127.0.0.1 --transport pigeon", USAGE, "'udp', 'tcp', 'tls'"),
    ("rule", USAGE, "'text'"),
    ("rule [--delta]http://h/x --model 1", USAGE, "no phone model '1': try"),
    ("rule [--delta]http://h/x --set No_Such=1", USAGE, "No_Such: no such parameter"),
    (
        "rule [--delta]http://h/x --set Upload_Delay_On_Local_Change=5",
        USAGE,
        "a whole number from 10 to 900",
    ),
    ("decrypt sealed.xml", USAGE, "give one of --key and --ikm"),
    ("decrypt NOWHERE.xml --key test123", NOT_STARTED, "NOWHERE.xml: No such file"),
    ("decrypt broken.xml --key test123", REFUSED, "does not begin with Salted__"),
    ("decrypt sealed.xml --key wrong", REFUSED, "the key does not open the body"),
    ("params No_Such_Parameter", USAGE, "No_Such_Parameter: no such parameter"),
    ("models extra", USAGE, "extra"),
    ("quirks --firmware mpp-9", USAGE, "no firmware release 'mpp-9': try"),
]

# A rule has one more line that shows it, and one with a caret under what is wrong.
BAD_RULES = [
    ("[--delta]", 10),
    ("[--delta http://h/x", 1),
    ("[--delta]ftp://h/x", 10),
    ("[--delta --status]http://h/x", 10),
    ("http://h/a [--delta]http://h:99999/b", 30),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A folder of files to be wrong about, and what the words in capitals stand for."""
    folder = tmp_path_factory.mktemp("command_line")
    (folder / "broken.xml").write_text(BROKEN)
    (folder / "hostile.xml").write_text(HOSTILE)
    (folder / "empty.xml").write_text("")
    sealed = encrypt_key(b"<flat-profile/>", "test123", digest="sha256", random_bytes=bytes)
    (folder / "sealed.xml").write_bytes(sealed)
    with ExitStack() as stack:
        taken_udp = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        taken_tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        taken_udp.bind(("127.0.0.1", 0))
        with socket.socket(type=socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            free_port = free.getsockname()[1]
        yield {
            "folder": str(folder),
            "TAKEN-UDP": str(taken_udp.getsockname()[1]),
            "TAKEN-PORT": str(taken_tcp.getsockname()[1]),
            "TAKEN-TCP": f"127.0.0.1:{taken_tcp.getsockname()[1]}",
            "FREE-UDP": f"127.0.0.1:{free_port}",
        }


@pytest.fixture(scope="module")
def ended(place: dict[str, str]) -> dict[str, Ended]:
    """How every wrong command line ended; they run side by side."""
    lines = [[place.get(word, word) for word in line.split()] for line, _, _ in WRONG]
    lines += [["rule", rule] for rule, _ in BAD_RULES]
    results = run_commands(lines, folder=Path(place["folder"]))
    names = [line for line, _, _ in WRONG] + [rule for rule, _ in BAD_RULES]
    return dict(zip(names, results, strict=True))


@pytest.mark.parametrize(("line", "code", "says"), WRONG, ids=[line for line, _, _ in WRONG])
def test_wrong_command_line_gets_one_clear_line_and_its_exit_code(
    ended: dict[str, Ended], line: str, code: int, says: str
) -> None:
    result = ended[line]

    assert (result.code, result.out) == (code, "")
    assert re.fullmatch(r"mppsim: [^\n]+\n", result.err)
    assert says in result.err
    assert "Traceback" not in result.err
    assert "Errno" not in result.err


@pytest.mark.parametrize(("rule", "column"), BAD_RULES)
def test_bad_rule_is_shown_with_a_caret_under_what_is_wrong(
    ended: dict[str, Ended], rule: str, column: int
) -> None:
    result = ended[rule]
    sentence, shown, caret = result.err.splitlines()

    assert result.code == USAGE
    assert re.match(rf"mppsim: rule \d, column {column}: ", sentence)
    assert (shown, caret) == (rule, " " * (column - 1) + "^")


def test_bug_is_one_line_that_asks_for_a_report_and_shows_where_on_demand(tmp_path: Path) -> None:
    # A catalogue that does not begin as one is no fault of the person at the keyboard.
    saboteur = "import mppsim.core.firmware as f; f.load_release = None"
    (tmp_path / "sitecustomize.py").write_text(saboteur)
    environment = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"}

    quiet = run_command("quirks", environment=environment)
    loud = run_command("quirks", environment={**environment, "MPPSIM_TRACEBACK": "1"})

    assert (quiet.code, quiet.out) == (1, "")
    assert re.fullmatch(
        r"mppsim: this is a bug in mppsim \(TypeError\); please [^\n]+\n", quiet.err
    )
    assert loud.code == 1
    assert "Traceback" in loud.err
    assert loud.err.endswith(quiet.err)


@pytest.mark.parametrize("line", ["params", "quirks --json", "--help"])
def test_reader_that_goes_away_is_no_error(line: str) -> None:
    with start_command(*line.split()) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, err) == (0, "")


# The manual, the help and the program.

COMMANDS = {name: load_command(name) for name in commands.COMMANDS}
HELP = {"--help", "-h"}


def options_of(command: str) -> set[str]:
    """Give what the program takes."""
    return {
        option
        for parameter in COMMANDS[command].params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("-")
    } - HELP


def section_of(command: str) -> str:
    """Give the manual's section of a command."""
    sections = re.split(r"^## ", MANUAL, flags=re.MULTILINE)[1:]
    (found,) = (
        text
        for text in sections
        if command in re.findall(r"\w+", text.partition("\n")[0].removeprefix("mppsim"))
        and text.startswith("mppsim ")
    )
    return found


def synopsis_of(command: str) -> str:
    """Give the lines of a command in the first block of its section."""
    block = section_of(command).split("```")[1]
    lines = re.split(r"^(?=mppsim )", block.strip(), flags=re.MULTILINE)
    (own,) = (line for line in lines if line.split()[:2] == ["mppsim", command])
    return own


@pytest.fixture(scope="module")
def helps() -> dict[str, Ended]:
    results = run_commands([[command, "--help"] for command in COMMANDS])
    return dict(zip(COMMANDS, results, strict=True))


def test_manual_has_a_section_for_every_command_and_no_other() -> None:
    titles = re.findall(r"^## mppsim (.+)$", MANUAL, flags=re.MULTILINE)

    assert {name for title in titles for name in title.split(", ")} == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_answers_and_names_every_option(helps: dict[str, Ended], command: str) -> None:
    result = helps[command]
    named = {
        option
        for line in result.out.splitlines()
        for option in re.findall(r"^[│|]\s+[*]?\s*(--[a-z][a-z-]*)", line)
    }

    assert (result.code, result.err) == (0, "")
    assert named - HELP == options_of(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_calls_an_options_value_what_the_manual_calls_it(command: str) -> None:
    """A choice lists what there is, and a switch has no value."""
    value = r"(--[a-z-]+) ([A-Z][A-Z:=|-]*(?:max|\[:PORT\])?)"
    written = dict(re.findall(value, synopsis_of(command)))
    shown = {
        option.opts[0]: option.metavar
        for option in COMMANDS[command].params
        if option.opts[0] in written
    }

    assert shown == written


@pytest.mark.parametrize("command", COMMANDS)
def test_manuals_synopsis_names_the_options_of_the_program(command: str) -> None:
    assert set(re.findall(r"--[a-z][a-z-]*", synopsis_of(command))) == options_of(command)


@pytest.mark.parametrize("command", ["run", "phone", "serve", "notify", "decrypt"])
def test_manuals_table_explains_each_option_once(command: str) -> None:
    rows = re.findall(r"^\| (`-[^|]*(?:\\\|[^|]*)*) \|", section_of(command), flags=re.MULTILINE)
    explained = [option for row in rows for option in re.findall(r"--[a-z][a-z-]*", row)]

    assert sorted(explained) == sorted(options_of(command))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_a_help_text_that_ends_as_a_sentence(command: str) -> None:
    for parameter in COMMANDS[command].params:
        text = getattr(parameter, "help", None)
        assert text, parameter.name
        assert text[-1] in ".…", text


def test_version_is_told() -> None:
    result = run_command("--version")

    assert (result.code, result.out, result.err) == (0, f"mppsim {__version__}\n", "")


def test_command_alone_says_which_commands_there_are() -> None:
    result = run_command()

    assert (result.code, result.err) == (0, "")
    assert [name for name in COMMANDS if not re.search(rf"\b{name}\b", result.out)] == []
