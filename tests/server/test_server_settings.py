from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from mppsim.server.settings import AuthScheme, Limits, Login, ServerSettings


def test_server_listens_to_this_machine_only_and_asks_nobody_unless_told() -> None:
    settings = ServerSettings()

    assert (settings.host, settings.port, settings.directory) == (
        "127.0.0.1",
        8000,
        Path("reports"),
    )
    assert (settings.keys, settings.ikm, settings.login, settings.tls) == ((), None, None, None)


def test_limits_have_room_for_the_largest_report_known() -> None:
    assert Limits().body_bytes > 10 * 300_000


def test_limits_are_positive() -> None:
    limits = Limits()

    assert all(getattr(limits, name) > 0 for name in limits.__match_args__)


def test_settings_do_not_change() -> None:
    settings = ServerSettings()
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


def test_settings_show_no_secret() -> None:
    login = Login(user="joe", password="s3cret")
    shown = repr(ServerSettings(keys=("s3cret",), ikm=b"s3cret", login=login))

    assert "s3cret" not in shown
    assert "joe" in shown


def test_basic_is_the_usual_way_to_ask() -> None:
    assert Login(user="u", password="p").scheme is AuthScheme.BASIC
