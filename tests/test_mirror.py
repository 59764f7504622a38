"""tests/ mirrors mppsim/: every module has its test file, and every test file its module."""

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE, TESTS = ROOT / "mppsim", ROOT / "tests"

# A test file's name is unique in all of tests/, so some say whose they are.
UNDER_ANOTHER_NAME = {
    "cli/phone.py": "cli/test_phone_command.py",
    "server/app.py": "server/test_server_app.py",
    "server/events.py": "server/test_server_events.py",
    "server/ledger.py": "server/test_server_ledger.py",
    "server/settings.py": "server/test_server_settings.py",
    "server/tls.py": "server/test_server_tls.py",
    "sip/notify.py": "sip/test_sip_notify.py",
}

# What is nothing but a whole command is tested as the whole command.
AS_A_WHOLE = {
    "__main__.py": "end_to_end/test_command_line.py",
}

# Folders of tests that mirror no package.
OTHERS = {"bench", "end_to_end", "interop", "soak", "support"}

MODULES = sorted(
    path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"
)
TEST_FILES = sorted(path.relative_to(TESTS) for path in TESTS.rglob("test_*.py"))


def home_of(module: Path) -> str:
    """Say where a module's own tests are."""
    usual = module.with_name(f"test_{module.name}").as_posix()
    return UNDER_ANOTHER_NAME.get(module.as_posix(), usual)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_module_has_its_test_file(module: Path) -> None:
    home = AS_A_WHOLE.get(module.as_posix(), home_of(module))

    assert (TESTS / home).is_file()


def test_every_test_file_in_a_mirrored_folder_has_its_module() -> None:
    mirrored = {home_of(module) for module in MODULES}
    lonely = [
        path.as_posix()
        for path in TEST_FILES
        if len(path.parts) > 1 and path.parts[0] not in OTHERS and path.as_posix() not in mirrored
    ]

    assert lonely == []


def test_every_folder_of_tests_mirrors_a_package_or_says_why_not() -> None:
    folders = {path.parts[0] for path in TEST_FILES if len(path.parts) > 1}

    assert {
        name for name in folders - OTHERS if not (PACKAGE / name / "__init__.py").is_file()
    } == (set())


def test_exceptions_are_needed() -> None:
    modules = {module.as_posix() for module in MODULES}
    exceptions = {**UNDER_ANOTHER_NAME, **AS_A_WHOLE}

    assert exceptions.keys() - modules == set()
    assert {test for test in exceptions.values() if not (TESTS / test).is_file()} == set()


def test_no_two_test_files_have_the_same_name() -> None:
    counts = Counter(path.name for path in TEST_FILES)

    assert [name for name, count in counts.items() if count > 1] == []
