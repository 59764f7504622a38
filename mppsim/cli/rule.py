"""`mppsim rule`: what a Report Rule will do on a given phone, or what is wrong with it."""

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Annotated

import typer

from mppsim.cli.caret import make_printable, point_at
from mppsim.cli.listing import print_json, print_table
from mppsim.cli.options import (
    FirmwareOption,
    MacOption,
    ModelOption,
    QuirkOption,
    SetOption,
    provision,
    read_mac,
    read_release,
    read_settings_option,
)
from mppsim.core.catalogue import find_model
from mppsim.core.firmware import DEFAULT_RELEASE
from mppsim.core.identity import PhoneIdentity, make_mac, make_serial
from mppsim.core.macros import PhoneMacros, expand_macros
from mppsim.core.parameters import ParameterStore
from mppsim.core.phone_model import DEFAULT_MODEL
from mppsim.core.report_rule import ReportContent, ReportRule, RuleReading, read_report_rule
from mppsim.core.secrets import hide_secrets
from mppsim.core.settings import read_report_settings
from mppsim.core.upload import TFTP_VERB, UploadJob, build_jobs
from mppsim.core.url import parse_url
from mppsim.errors import ReportRuleError

__all__ = ["rule"]

_CONTENTS = {
    ReportContent.FULL: "full: the whole configuration",
    ReportContent.DELTA: "delta: what changed on the phone since this rule's last report",
    ReportContent.STATUS: "status: the phone's status",
}
_SEALS = {
    "aes-256-cbc": "AES-256-CBC with the passphrase of --key",
    "aes128gcm": "RFC 8188 aes128gcm with IKM_HTTP_Encrypt_Content",
}
_FAILURES = {
    "no-tftp-server": "fails where DHCP names no TFTP server; name one in the URL",
    "rule": "fails: its key is empty once macros are expanded, or the IKM cannot be used",
}
_WRONG = "rule"
"""The failure that no network mends; which TFTP server there is, DHCP decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """What one rule will do; no secret is in it, and every terminal can print it."""

    place: int
    """1 or 2."""
    rule: str
    content: str
    method: str
    url: str
    encryption: str | None
    digest: str | None
    """Of the passphrase."""
    user: str | None
    """Who answers when the server asks."""
    failure: str | None
    """Why it cannot be sent as things are, one of the closed list of reasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    place: int
    source: str
    """`rule`, or `url` when only the expanded URL holds what is wrong."""
    error: ReportRuleError


def rule(  # noqa: PLR0913 - a command has as many arguments as it has options
    text: Annotated[str, typer.Argument(help="A Report Rule, as the phone's page has it.")],
    *,
    model: ModelOption = DEFAULT_MODEL,
    mac: MacOption = None,
    firmware: FirmwareOption = DEFAULT_RELEASE,
    settings: SetOption = None,
    quirk: QuirkOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Explain what a Report Rule will do, or point at what is wrong with it (exit code 2)."""
    phone_model = find_model(model)
    baseline, warnings = provision(
        phone_model, read_release(firmware, quirk or []), read_settings_option(settings or [])
    )
    mac = read_mac(mac) if mac else make_mac(phone_model)
    phone = PhoneIdentity(model=phone_model, mac=mac, serial=make_serial(mac))
    store = ParameterStore(baseline)
    reading = read_report_rule(text)
    accounts, faults = _explain(text, reading, store, PhoneMacros(phone, store.view))
    if as_json:
        print_json(_as_record(accounts, faults, (*warnings, *reading.warnings)))
    else:
        _print(accounts, faults, (*warnings, *reading.warnings))
    if faults or any(account.failure == _WRONG for account in accounts):
        raise typer.Exit(2)


def _explain(
    text: str, reading: RuleReading, store: ParameterStore, macros: PhoneMacros
) -> tuple[list[_Account], list[_Fault]]:
    """Ask the phone itself what it would send, and why not."""
    settings = replace(read_report_settings(store.view.__getitem__), reading=reading)
    spoilt = (place for place, rule in enumerate(reading.rules) if rule is None)
    faults = [
        _Fault(place=place + 1, source="rule", error=error)
        for place, error in zip(spoilt, reading.faults, strict=True)
    ]
    accounts: list[_Account] = []
    for job in build_jobs(settings, store, macros, bookmarks=(0, 0), only_news=False):
        written = reading.rules[job.place]
        assert written is not None
        try:
            accounts.append(_account(written, job, macros))
        except ReportRuleError as error:
            faults.append(_locate(error, written, text, job.place, reading))
    return accounts, sorted(faults, key=lambda fault: fault.place)


def _account(written: ReportRule, job: UploadJob, macros: PhoneMacros) -> _Account:
    url = parse_url(job.target)
    # `$SA` in --uid stays as it is here: what it stands for is a secret.
    user = job.user if written.uid is None else expand_macros(written.uid, macros)
    return _Account(
        place=job.place + 1,
        rule=make_printable(hide_secrets(str(written)), sys.stdout),
        content=job.content,
        method=job.verb,
        url=str(url),
        encryption=str(job.seal) if job.seal else None,
        digest=(job.seal.digest or None) if job.seal else None,
        user=None if user is None else make_printable(user, sys.stdout),
        failure=job.fault,
    )


def _locate(
    error: ReportRuleError, written: ReportRule, text: str, place: int, reading: RuleReading
) -> _Fault:
    if error.text != written.target:  # macros made the URL another text
        return _Fault(place=place + 1, source="url", error=error)
    at = reading.targets_at[place] + error.at
    moved = ReportRuleError(error.reason, text=text, at=at)
    return _Fault(place=place + 1, source="rule", error=moved)


def _as_record(
    accounts: list[_Account], faults: list[_Fault], warnings: tuple[str, ...]
) -> dict[str, object]:
    return {
        "rules": [asdict(account) for account in accounts],
        "faults": [
            {
                "place": fault.place,
                "in": fault.source,
                "column": fault.error.at + 1,
                "reason": fault.error.reason,
            }
            for fault in faults
        ],
        "warnings": list(warnings),
    }


def _print(accounts: list[_Account], faults: list[_Fault], warnings: tuple[str, ...]) -> None:
    for account in accounts:
        print_table("", (f"rule {account.place}", "what it does"), _rows(account))
    if not accounts and not faults:
        typer.echo("no rule: the phone reports nothing")
    for warning in warnings:
        typer.echo(f"warning: {warning}")
    for account in accounts:
        if account.failure == _WRONG:
            typer.echo(f"mppsim: rule {account.place}: {_FAILURES[_WRONG]}", err=True)
    for fault in faults:
        whose = "" if fault.source == "rule" else " (its macros expanded)"
        typer.echo(f"mppsim: rule {fault.place}{whose}, {fault.error}", err=True)
        typer.echo(point_at(fault.error.text, fault.error.at), err=True)


def _rows(account: _Account) -> Iterator[tuple[str, str]]:
    yield "read as", account.rule
    yield "content", _CONTENTS[ReportContent(account.content)]
    yield "method", "TFTP write" if account.method == TFTP_VERB else f"HTTP {account.method}"
    yield "URL", account.url
    digest = f", digest {account.digest}" if account.digest else ""
    yield "encryption", f"{_SEALS[account.encryption]}{digest}" if account.encryption else "none"
    user = "none" if account.user is None else f"as {account.user}, when the server asks"
    yield "authentication", user
    if account.failure is not None:
        yield "outcome", _FAILURES[account.failure]
