"""One file of a resync: what a rule asks for becomes a job, and what was fetched a verdict.

Source: the provisioning guides, "Profile Rules", "Upgrade Rule", "Optional Resync Arguments".
"""

from dataclasses import dataclass

from mppsim.core.macros import Lookup, expand_macros
from mppsim.core.notices import is_report_rule
from mppsim.core.parameters import ParameterStore, ParameterView
from mppsim.core.profile import Profile, ProfileSetting
from mppsim.core.profile_body import BODY_LIMIT, ProfileKeys, open_profile
from mppsim.core.profile_rule import Choice, choose
from mppsim.core.resync_events import OK, FetchFinished, FetchJob
from mppsim.core.resync_log import describe_failure
from mppsim.core.resync_settings import UPGRADE_RULE
from mppsim.core.secrets import hide_secrets
from mppsim.core.upgrade import LOADS_LIMIT, check_loads
from mppsim.core.upload import IKM, USER_AGENT
from mppsim.core.url import Url, parse_url
from mppsim.errors import EncryptionError, ProfileError, ReportRuleError

__all__ = ["Errand", "Verdict", "is_fetched", "judge_loads", "judge_profile", "plan_errand"]

_SHOWN_OPTION = 24
_SHOWN_NAMES, _SHOWN_NAME = 3, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a rule asks of one phone at one moment."""

    job: FetchJob | None = None
    assigned: Profile | None = None
    """What the rule itself sets, before anything is fetched."""
    fault: str = ""
    """Why the rule cannot be obeyed; it asks for nothing then."""
    ignored: tuple[str, ...] = ()
    """Options that mean nothing here, fit to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a file that was to be fetched."""

    result: str
    """`ok`, a reason for a failed upload, `encryption`, `profile` or `firmware`."""
    detail: str = ""
    """The same in words; of a load that can be installed, its name, and of a profile that can be
    applied, what of it cannot."""
    profile: Profile | None = None
    """What is to be applied."""


def is_fetched(view: ParameterView, name: str) -> bool:
    """Say whether the rule of that parameter asks for anything.

    A rule of the factory does not: no phone is sent to a server that nobody named. Nor does one
    that holds a report's option, since the guide prints Report Rule under this name by mistake.
    """
    rule = view[name]
    factory = view.baseline.parameters[name].default
    return bool(rule) and rule != factory and not is_report_rule(rule)


def plan_errand(name: str, rule: str, view: ParameterView, lookup: Lookup) -> Errand:
    """Return what a rule asks for; `name` is its parameter. Nothing in it: nothing at all."""
    try:
        choice = choose(rule, lookup)
    except ReportRuleError as fault:
        return Errand(fault=f"{name}, column {fault.at + 1}: {fault.reason}")
    if choice is None:
        return Errand()
    settings = tuple(
        ProfileSetting(name=each.name, value=each.value) for each in choice.assignments
    )
    assigned = Profile(settings) if settings else None
    ignored = tuple(hide_secrets(option[:_SHOWN_OPTION]) for option in choice.ignored)
    if not choice.target:
        return Errand(assigned=assigned, ignored=ignored)
    try:
        job = _build_job(name, choice, view, lookup)
    except ReportRuleError as fault:
        return Errand(fault=f"{name}, the URL: {fault.reason}", ignored=ignored)
    return Errand(job=job, assigned=assigned, ignored=ignored)


def judge_profile(
    fetched: FetchFinished, view: ParameterView, *, fails_when_missing: bool
) -> Verdict:
    """Read what a profile rule fetched."""
    if fetched.is_missing and not fails_when_missing:
        # "If Resync_Fails_On_FNF is set to No, the device accepts a file-not-found response from
        # the server as a successful resync."
        return Verdict(result=OK, detail="file not found, which counts as a success")
    if fetched.reason is not None:
        return _failed(fetched, fetched.reason)
    job = fetched.job
    keys = ProfileKeys(key=job.key, ikm=view[IKM], ikm_encoding=view.baseline.release.ikm_encoding)
    try:
        profile = open_profile(fetched.body, keys, coding=fetched.coding, source=job.name)
    except EncryptionError as error:
        return Verdict(result="encryption", detail=f"corrupted file: {error}")
    except ProfileError as error:
        return Verdict(result="profile", detail=f"corrupted file: {error}")
    return Verdict(result=OK, detail=_tell_left_out(profile, view), profile=profile)


def judge_loads(fetched: FetchFinished, view: ParameterView) -> Verdict:
    """Read what the upgrade rule fetched."""
    if fetched.reason is not None:
        return _failed(fetched, fetched.reason)
    try:
        load = check_loads(fetched.job.url, fetched.body, view.baseline.parameters.model)
    except ProfileError as error:
        return Verdict(result="firmware", detail=f"corrupted file: {error}")
    return Verdict(result=OK, detail=load)


def _tell_left_out(profile: Profile, view: ParameterView) -> str:
    """Say for which parameters a profile gives what the phone does not know or may not hold."""
    known = view.baseline.parameters.look_up
    pairs = [(setting.name, setting.value) for setting in profile.settings]
    unknown = dict.fromkeys(name for name, _ in pairs if known(name) is None)
    wanted = [pair for pair in pairs if pair[0] not in unknown]
    refused = ParameterStore(view.baseline).check(wanted, from_profile=True).refused
    parts = (
        ("no such parameter", list(unknown)),
        ("value not allowed", [remark.name for remark in refused]),
    )
    return "; ".join(f"{what}: {_list_names(names)}" for what, names in parts if names)


def _list_names(names: list[str]) -> str:
    shown = [
        name if len(name) <= _SHOWN_NAME else f"{name[: _SHOWN_NAME - 1]}…"
        for name in names[:_SHOWN_NAMES]
    ]
    more = len(names) - len(shown)
    return f"{', '.join(shown)}{f' and {more} more' if more else ''}"


def _failed(fetched: FetchFinished, reason: str) -> Verdict:
    words = describe_failure(reason, is_missing=fetched.is_missing, detail=fetched.detail)
    return Verdict(result=reason, detail=words)


def _build_job(name: str, choice: Choice, view: ParameterView, lookup: Lookup) -> FetchJob:
    url = parse_url(choice.target)
    if name == UPGRADE_RULE and not url.host:
        reason = "an upgrade rule names its server"
        raise ReportRuleError(reason, text=choice.target, at=0)
    user, password = _choose_credentials(choice, url)
    return FetchJob(
        name=name,
        url=url,
        user_agent=expand_macros(view[USER_AGENT], lookup),
        user=user,
        password=password,
        key=choice.key,
        limit=LOADS_LIMIT if name == UPGRADE_RULE else BODY_LIMIT,
    )


def _choose_credentials(choice: Choice, url: Url) -> tuple[str | None, str | None]:
    if choice.uid is None and url.user:
        return url.user, url.password
    return choice.uid, choice.pwd
