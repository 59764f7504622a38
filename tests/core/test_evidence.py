"""By what a report is known again."""

from hashlib import sha256

import pytest

from mppsim.core.evidence import (
    FINGERPRINT_DIGITS,
    find_phone,
    fingerprint,
    place_of,
    split_place,
)


@pytest.mark.parametrize(
    ("user_agent", "target", "phone"),
    [
        ("Cisco-CP-8851-3PCC/12.0.7 (00562b043615)", "/a.xml", "00562b043615"),
        ("Cisco-CP-8851-3PCC/12.0.7 (00562B043615)", "/C4C603731F67.xml", "00562b043615"),
        ("curl/8", "/reports/C4C603731F67-delta.xml", "c4c603731f67"),
        ("curl/8", "/up.php?mac=c4c603731f67", "c4c603731f67"),
        ("", "/a.xml", ""),
        ("x (00562b04361)", "/00562b0436155", ""),
        ("x (00562b0436150)", "/" + "0" * 40, ""),
    ],
)
def test_phone_is_named_by_its_agent_then_by_its_path(
    user_agent: str, target: str, phone: str
) -> None:
    assert find_phone(user_agent, target) == phone


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a.xml", "/a.xml"),
        ("/a/b.xml?mac=1&x=/", "/a/b.xml"),
        ("//a///b.xml", "/a/b.xml"),
        ("/a%28b%29.xml", "/a(b).xml"),
        ("/a(b).xml", "/a(b).xml"),
        ("/caf%C3%A9.xml", "/café.xml"),
        ("/a%0Ab", "/a%0Ab"),
        ("/a%00b", "/a%00b"),
        ("http://user:pw@h:8000/a.xml?b", "/a.xml"),
        ("http://h", "/"),
        ("", "/"),
    ],
)
def test_place_is_the_same_in_every_spelling_of_a_path(target: str, path: str) -> None:
    place = place_of("00562b043615", target)

    assert place == f"00562b043615 {path}"
    assert split_place(place) == ("00562b043615", path)


def test_place_without_a_phone_has_its_path_alone() -> None:
    assert split_place(place_of("", "/a b.xml")) == ("", "/a b.xml")


def test_phones_that_post_to_one_path_have_a_place_each() -> None:
    assert place_of("00562b043615", "/up.php") != place_of("00562b043616", "/up.php")


def test_fingerprint_is_the_beginning_of_the_hash_that_the_server_tells() -> None:
    assert fingerprint(b"body") == int(sha256(b"body").hexdigest()[:FINGERPRINT_DIGITS], 16)
    assert fingerprint(b"") < 1 << 64
