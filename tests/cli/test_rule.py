import json
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mppsim.cli.rule import rule
from mppsim.core.report_rule import ReportContent, ReportRule
from mppsim.errors import ParameterError

Captured = pytest.CaptureFixture[str]
GUIDE = "[--delta --key test123]http://my_http_server/config-mpp-delta.enc.xml;"


def explain(capsys: Captured, text: str, **options: Any) -> tuple[int, str, str]:
    """Run the command; return exit code, standard output and standard error."""
    code = 0
    try:
        rule(text, **options)
    except typer.Exit as ended:
        code = ended.exit_code
    out, err = capsys.readouterr()
    return code, out, err


def record(capsys: Captured, text: str, *given: str, **options: Any) -> dict[str, Any]:
    _, out, _ = explain(capsys, text, settings=list(given), as_json=True, **options)
    answer: dict[str, Any] = json.loads(out)
    return answer


def only_rule(capsys: Captured, text: str, *given: str, **options: Any) -> dict[str, Any]:
    (account,) = record(capsys, text, *given, **options)["rules"]
    return dict(account)


def test_the_guides_encrypted_delta_is_explained(capsys: Captured) -> None:
    account = only_rule(capsys, GUIDE, "HTTP_Report_Method=PUT")

    assert account == {
        "place": 1,
        "rule": "[--delta --key ***]http://my_http_server/config-mpp-delta.enc.xml",
        "content": "delta",
        "method": "PUT",
        "url": "http://my_http_server/config-mpp-delta.enc.xml",
        "encryption": "aes-256-cbc",
        "digest": "sha256",
        "user": None,
        "failure": None,
    }


def test_a_table_says_the_same_in_words(capsys: Captured) -> None:
    text = "[--status --uid joe --pwd s3cret --key k3y]http://h/$MA.xml"

    code, out, err = explain(capsys, text, mac="00:56:2B:0A:FF:43", quirk=["key_digest=md5"])

    rows = [line.strip("│ ").split("│") for line in out.splitlines() if line.startswith("│")]
    assert (code, err) == (0, "")
    assert [(row[0].strip(), row[1].strip()) for row in rows] == [
        ("read as", "[--status --key *** --uid joe --pwd ***]http://h/$MA.xml"),
        ("content", "status: the phone's status"),
        ("method", "HTTP POST"),
        ("URL", "http://h/00562b0aff43.xml"),
        ("encryption", "AES-256-CBC with the passphrase of --key, digest md5"),
        ("authentication", "as joe, when the server asks"),
    ]


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("http://h/$A", "url", "http://h/x%20y"),
        ("http://h/$SA", "url", "http://h/$SA"),
        ("http://h/$PN/$SN", "url", "http://h/CP-8851-3PCC/FCH2543SJFB"),
        ("http://joe:s3cret@h/x", "url", "http://h/x"),
        ("[--uid $A]http://h/x", "user", "x y"),
        ("[--uid $SA]http://h/x", "user", "$SA"),
        ("http://h/x", "encryption", None),
        ("/x", "failure", "no-tftp-server"),
        ("/x", "method", "WRQ"),
        ("/x", "url", "/x"),
        ("[--uid j\u00f6e]http://h/x", "user", "j\u00f6e"),
        ("[--uid j\udcffe]http://h/x", "user", "j\ufffde"),
    ],
)
def test_a_rule_means_this_to_the_phone(
    capsys: Captured, text: str, field: str, value: str | None
) -> None:
    account = only_rule(capsys, text, "GPP_A=x y", "GPP_SA=s3cret")

    assert account[field] == value


def test_an_ikm_applies_where_there_is_no_key(capsys: Captured) -> None:
    ikm = "IKM_HTTP_Encrypt_Content=0123456789abcdef"

    assert only_rule(capsys, "http://h/x", ikm)["encryption"] == "aes128gcm"
    assert only_rule(capsys, "[--key a]http://h/x", ikm)["encryption"] == "aes-256-cbc"


def test_an_ikm_in_words(capsys: Captured) -> None:
    ikm = ["IKM_HTTP_Encrypt_Content=0123456789abcdef"]

    _, out, _ = explain(capsys, "http://h/x", settings=ikm)

    assert "RFC 8188 aes128gcm with IKM_HTTP_Encrypt_Content" in out


@pytest.mark.parametrize(
    ("text", "settings", "why"),
    [
        ("[--key $SA]http://h/x", [], "its key is empty"),
        ("http://h/x", ["IKM_HTTP_Encrypt_Content=0"], "the IKM cannot be used"),
    ],
    ids=["an empty key", "too short an IKM"],
)
def test_a_seal_that_cannot_be_made_is_told_and_makes_the_rule_a_wrong_one(
    capsys: Captured, text: str, settings: list[str], why: str
) -> None:
    code, out, err = explain(capsys, text, settings=settings, quirk=["ikm_encoding=hex"])

    assert code == 2
    assert why in out
    assert err.startswith("mppsim: rule 1: ")
    assert why in err


def test_json_of_a_seal_that_cannot_be_made_says_so_by_its_exit_code_too(capsys: Captured) -> None:
    code, out, err = explain(capsys, "[--key $SA]http://h/x", as_json=True)

    assert (code, json.loads(out)["rules"][0]["failure"], err) == (2, "rule", "")


def test_a_setting_may_come_from_a_file(capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("from-a-file\n")

    assert only_rule(capsys, "http://h/$A", f"GPP_A=@{tmp_path}/a")["url"] == "http://h/from-a-file"


def test_a_tftp_write_says_what_it_lacks(capsys: Captured) -> None:
    code, out, _ = explain(capsys, "/$MA.xml")

    assert code == 0
    assert "TFTP write" in out
    assert "fails where DHCP names no TFTP server" in out


def test_no_rule_reports_nothing(capsys: Captured) -> None:
    assert explain(capsys, " ; ") == (0, "no rule: the phone reports nothing\n", "")


def test_warnings_follow_the_rules(capsys: Captured) -> None:
    text = "[--foo]http://h/x http://h/y http://h/z"

    code, out, _ = explain(capsys, text, settings=["gpp_a=x"])

    first, second, third = out.splitlines()[-3:]
    assert code == 0
    assert first.startswith("warning: gpp_a: ")
    assert second == "warning: column 2: unknown option --foo, ignored"
    assert third == "warning: column 30: a phone has at most 2 rules; the rest is ignored"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[--delta --key]http://h/x",
            [
                "mppsim: rule 1, column 10: a value has to follow --key",
                "[--delta --key]http://h/x",
                "         ^",
            ],
        ),
        (
            'http://h/x [--key test123 --pwd "s3cret]http://日本/x',
            [
                "mppsim: rule 2, column 33: this quotation mark is never closed",
                "http://h/x [--key *** --pwd ***",
                "                            ^",
            ],
        ),
        (
            "[--key test123]http://joe:s3cret@h:8a/x http://h/x",
            [
                "mppsim: rule 1, column 37: a port is a number",
                "[--key ***]http://joe:***@h:8a/x http://h/x",
                "                             ^",
            ],
        ),
        (
            "[--key test123]$A:8a/x",
            [
                "mppsim: rule 1 (its macros expanded), column 28: a port is a number",
                "http://joe:***@a_long_host:8a/x",
                "                            ^",
            ],
        ),
        (
            "[--status] [--key]u",
            [
                "mppsim: rule 1, column 13: a value has to follow --key",
                "[--status] [--key]u",
                "            ^",
            ],
        ),
    ],
)
def test_a_caret_points_at_what_is_wrong(capsys: Captured, text: str, expected: list[str]) -> None:
    code, _, err = explain(capsys, text, settings=["GPP_A=http://joe:pw@a_long_host"])

    assert code == 2
    assert err.splitlines() == expected


def test_faults_come_in_the_order_of_the_rules(capsys: Captured) -> None:
    answer = record(capsys, "http://h:x [--key]u")

    assert answer["rules"] == []
    assert [(f["place"], f["in"], f["column"]) for f in answer["faults"]] == [
        (1, "rule", 10),
        (2, "rule", 13),
    ]


def test_the_other_rule_is_explained_all_the_same(capsys: Captured) -> None:
    answer = record(capsys, "[--key]u http://h/$MA", mac="00562b0aff43")

    assert [account["url"] for account in answer["rules"]] == ["http://h/00562b0aff43"]


def test_json_with_a_fault_exits_with_2(capsys: Captured) -> None:
    assert explain(capsys, "[", as_json=True)[0] == 2


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(ParameterError):
        rule("http://h/x", settings=["Nope=1"])


MARK = "§"
SECRETS = st.text('§a "[]:@/\\-é').map(lambda text: f"§{text}§")
PASSWORDS = st.text("§a:@é").map(lambda text: f"§{text}§")


@given(SECRETS, PASSWORDS, st.booleans(), st.sampled_from(["", "[", "x", ":x"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_secret_is_printed(
    capsys: Captured, secret: str, password: str, as_json: bool, damage: str
) -> None:
    url = f"http://joe:{password}@h{damage}/$SA"
    written = ReportRule(content=ReportContent.DELTA, key=secret, uid="$SA", pwd=secret, target=url)
    gpp = ["GPP_SA=" + MARK, "IKM_HTTP_Encrypt_Content=" + MARK]

    _, out, err = explain(capsys, f"{written} {written}", settings=gpp, as_json=as_json)

    assert MARK not in out + err
