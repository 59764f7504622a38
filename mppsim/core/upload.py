"""One report on its way: what a rule asks for becomes a job, and a job becomes a body and headers.

Source: the guide, "Report Current Phone Configuration to the Provisioning Server", for what is
sent; docs/decisions.md for the order and the values of the headers.
"""

from collections.abc import Callable
from dataclasses import field, replace

from mppsim.core.catalogue import Parameter
from mppsim.core.encryption import RandomBytes, encrypt_ikm, encrypt_key, read_ikm
from mppsim.core.firmware import FirmwareRelease
from mppsim.core.frozen import frozen_value
from mppsim.core.macros import expand_macros
from mppsim.core.parameters import ParameterStore, ParameterView
from mppsim.core.report import build_delta, build_full
from mppsim.core.report_rule import ReportContent, ReportRule
from mppsim.core.secrets import hide_secrets
from mppsim.core.settings import ReportMethod, ReportSettings
from mppsim.core.url import Url, parse_url
from mppsim.errors import EncryptionError, ReportRuleError

__all__ = [
    "IKM",
    "SHARED_HEADERS",
    "TFTP_VERB",
    "USER_AGENT",
    "Seal",
    "UploadJob",
    "UploadOutcome",
    "build_body",
    "build_headers",
    "build_jobs",
    "has_news",
]

IKM = "IKM_HTTP_Encrypt_Content"
"""The parameter that holds the input keying material of RFC 8188."""
TFTP_VERB = "WRQ"
"""What a report by TFTP has in place of a method: a write request."""
USER_AGENT = "HTTP_User_Agent_Name"

SHARED_HEADERS = (
    ("Accept-Encoding", "deflate, gzip"),
    ("Accept", "*/*"),
    ("Accept-Language", "en"),
    ("Accept-Charset", "iso-8859-1"),
)
"""What every request of a phone has, after User-Agent and Host."""

# Python 3.11 takes 0.15 us to look a member of an enum up.
_DELTA, _STATUS, _POST = ReportContent.DELTA, ReportContent.STATUS, ReportMethod.POST


@frozen_value(kw_only=True)
class Seal:
    """How a body is encrypted: with a passphrase (AES-256-CBC) or an IKM (RFC 8188)."""

    key: str | None = field(default=None, repr=False)
    ikm: bytes | None = field(default=None, repr=False)
    digest: str = ""
    """Of the passphrase's key derivation: `md5` or `sha256`."""

    def __str__(self) -> str:
        return "aes-256-cbc" if self.key is not None else "aes128gcm"


@frozen_value()
class UploadJob:
    """One report to send, with everything that it says fixed at the moment of its trigger."""

    place: int
    """Which rule of Report_Rule asked for it: 0 or 1."""
    content: ReportContent
    method: ReportMethod
    target: str = field(repr=False)
    """The rule's URL with its macros expanded; may hold a password."""
    url: Url | None
    """The same, read; None where `fault` is `rule`."""
    seal: Seal | None
    user: str | None
    password: str | None = field(repr=False)
    user_agent: str
    content_type: str | None
    view: ParameterView = field(repr=False)
    changed: tuple[Parameter, ...] = field(repr=False)
    """What a delta holds."""
    revision: int
    """Where the rule's bookmark moves to when the server has accepted a delta."""
    fault: str | None = None
    """Why it cannot be sent at all, one of the closed list of reasons."""

    @property
    def verb(self) -> str:
        """What the request asks for: PUT or POST, or TFTP's WRQ, which knows no method."""
        is_tftp = self.url is not None and self.url.scheme == "tftp"
        return TFTP_VERB if is_tftp else self.method

    @property
    def shown_url(self) -> str:
        """The URL as far as it can be shown: without a password."""
        return hide_secrets(self.target) if self.url is None else str(self.url)


@frozen_value()
class UploadOutcome:
    """How a job ended: `reason` is None when the server accepted it."""

    job: UploadJob
    reason: str | None


def has_news(settings: ReportSettings, store: ParameterStore, bookmarks: tuple[int, ...]) -> bool:
    """Say whether a run on local change would send anything."""
    return any(
        rule.content is not _DELTA or store.changed_since(mark)
        for rule, mark in zip(settings.reading.rules, bookmarks, strict=False)
        if rule is not None
    )


def build_jobs(
    settings: ReportSettings,
    store: ParameterStore,
    macros: Callable[[str], str | None],
    *,
    bookmarks: tuple[int, ...],
    only_news: bool,
    tftp_server: str = "",
) -> tuple[UploadJob, ...]:
    """Make the jobs of one run, in written order.

    `only_news` leaves out a delta that would be empty: "On Local Change" has nothing to tell
    then, while every other trigger was asked for a report and sends an empty document.
    `tftp_server` (HOST[:PORT]) is where a bare path goes; without one its job has a fault.
    """
    jobs = []
    for place, rule in enumerate(settings.reading.rules):
        if rule is None:
            continue
        is_delta = rule.content is _DELTA
        changed = store.changed_since(bookmarks[place]) if is_delta else ()
        if is_delta and only_news and not changed:
            continue
        job = _build_job(rule, place, settings.method, store, macros, changed)
        jobs.append(_direct(job, tftp_server) if tftp_server else job)
    return tuple(jobs)


def _build_job(
    rule: ReportRule,
    place: int,
    method: ReportMethod,
    store: ParameterStore,
    macros: Callable[[str], str | None],
    changed: tuple[Parameter, ...],
) -> UploadJob:
    view = store.view
    release = view.baseline.release
    # Options first, then the URL, each once.
    key = rule.key and expand_macros(rule.key, macros, secrets=True)
    user = rule.uid and expand_macros(rule.uid, macros, secrets=True)
    password = rule.pwd and expand_macros(rule.pwd, macros, secrets=True)
    target = expand_macros(rule.target, macros)
    url, fault = _read_target(target)
    if user is None and url is not None and url.user:
        user, password = url.user, url.password
    seal, ikm = None, view[IKM]
    if key is not None or ikm:
        try:
            seal = _choose_seal(key, ikm, release)
        except EncryptionError:
            fault = "rule"
    user_agent = expand_macros(view[USER_AGENT], macros)
    content_type = release.post_content_type if method is _POST else None
    return UploadJob(  # by position, since named arguments take twice as long
        place,
        rule.content,
        method,
        target,
        url,
        seal,
        user,
        password,
        user_agent,
        content_type,
        view,
        changed,
        store.revision,
        fault,
    )


def _read_target(target: str) -> tuple[Url | None, str | None]:
    try:
        url = parse_url(target)
    except ReportRuleError:
        return None, "rule"
    return url, None if url.host else "no-tftp-server"


def _direct(job: UploadJob, tftp_server: str) -> UploadJob:
    """Send a job with a bare path to the phone's TFTP server."""
    if job.url is None or job.fault != "no-tftp-server":
        return job
    server = parse_url(f"tftp://{tftp_server}/")
    return replace(job, url=replace(job.url, host=server.host, port=server.port), fault=None)


def _choose_seal(key: str | None, ikm: str, release: FirmwareRelease) -> Seal:
    # "If you have provisioned the phone with Input Keying Material (IKM) and want the phone to
    # apply RFC 8188-based encryption to the file, do not specify the --key argument."
    if key == "":
        # `--key $SA` where GPP_SA is empty: sent plain, it would be less than was asked for.
        raise EncryptionError("the key is empty once its macros are expanded")
    if key is not None:
        return Seal(key=key, digest=release.key_digest)
    return Seal(ikm=read_ikm(ikm, release.ikm_encoding))


def build_body(job: UploadJob, status: Callable[[], bytes], random_bytes: RandomBytes) -> bytes:
    """Write the job's report and encrypt it; `status` builds the phone's status when asked."""
    if job.content is _STATUS:
        body = status()
    elif job.content is _DELTA:
        body = build_delta(job.view, job.changed)
    else:
        body = build_full(job.view)
    seal = job.seal
    if seal is None:
        return body
    if seal.key is not None:
        return encrypt_key(body, seal.key, digest=seal.digest, random_bytes=random_bytes)
    assert seal.ikm is not None
    return encrypt_ikm(body, seal.ikm, random_bytes=random_bytes)


def build_headers(job: UploadJob) -> tuple[tuple[str, str], ...]:
    """Give the headers of the job's request in the phone's order.

    Host, Content-Length and Authorization belong to the connection and are added where the
    request is written.
    """
    headers: tuple[tuple[str, str], ...] = (("User-Agent", job.user_agent), *SHARED_HEADERS)
    if job.content_type is not None:
        headers += (("Content-Type", job.content_type),)
    if job.seal is not None and job.seal.ikm is not None:
        headers += (("Content-Encoding", "aes128gcm"),)
    return headers
