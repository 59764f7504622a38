from dataclasses import FrozenInstanceError
from typing import get_args

import pytest

from mppsim.sip.registration_events import LineOff, RegistrationAction, RegistrationEvent


def test_event_and_action_are_different_words() -> None:
    assert set(get_args(RegistrationEvent)) & set(get_args(RegistrationAction)) == set()


def test_word_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        LineOff(1).number = 2  # type: ignore[misc]
