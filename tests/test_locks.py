"""The lock files hold whatever pyproject.toml asks for: a fresh clone installs from them alone."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WANTED = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN = WANTED["project"]["dependencies"]
DEV = RUN + WANTED["dependency-groups"]["dev"]


def name_of(requirement: str) -> str:
    """Return a requirement's name as the package index spells it."""
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize(
    ("lock", "requirements"), [("requirements.lock", RUN), ("requirements-dev.lock", DEV)]
)
def test_lock_holds_every_dependency(lock: str, requirements: list[str]) -> None:
    pinned = {name_of(line) for line in (ROOT / lock).read_text().splitlines() if "==" in line}

    assert {name_of(requirement) for requirement in requirements} - pinned == set()
