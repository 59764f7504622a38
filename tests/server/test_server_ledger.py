"""What the server received, by place."""

from hashlib import sha256

from mppsim.core.evidence import fingerprint, place_of
from mppsim.server import Received, TurnedAway
from mppsim.server.events import Befallen, FaultsChanged, Full
from mppsim.server.ledger import Held, ServerLedger

PHONE = "00562b043615"


def received(body: bytes, path: str = "/a.xml", phone: str = PHONE, **other: str) -> Received:
    data = {"method": "PUT", "content": "delta", "encryption": "none", **other}
    return Received(
        **data,
        path=path,
        phone=phone,
        bytes=len(body),
        sha256=sha256(body).hexdigest(),
        status=201,
    )


def test_place_has_its_last_report_and_all_of_them_counted() -> None:
    ledger = ServerLedger()
    for body, content in ((b"one", "full"), (b"two!", "delta"), (b"three", "status")):
        ledger.hear(received(body, content=content, encryption="aes-256-cbc"))

    assert ledger.find(place_of(PHONE, "/a.xml")) == Held(
        last=fingerprint(b"three"),
        sum=sum(map(fingerprint, (b"one", b"two!", b"three"))) % (1 << 64),
        count=3,
        bytes=5,
        unopened=0,
        content="status",
        encryption="aes-256-cbc",
    )
    assert (ledger.bytes, ledger.contents) == (12, {"full": 1, "delta": 1, "status": 1})


def test_put_and_post_are_known_in_the_same_way() -> None:
    ledger = ServerLedger()
    for method, phone in (("PUT", PHONE), ("POST", "00562b043616"), ("WRQ", "")):
        ledger.hear(received(b"body", "/up.php?id=1", phone, method=method))
    held = [held for _, held in ledger.items()]

    assert [place for place, _ in ledger.items()] == [
        f"{PHONE} /up.php",
        "00562b043616 /up.php",
        " /up.php",
    ]
    assert held[0] == held[1] == held[2]


def test_what_no_key_opened_is_counted() -> None:
    ledger = ServerLedger()
    for encryption in ("unopened", "none", "unopened"):
        ledger.hear(received(b"", content="unknown", encryption=encryption))
    held = ledger.find(place_of(PHONE, "/a.xml"))

    assert held is not None
    assert (held.unopened, ledger.unopened, ledger.contents["unknown"]) == (2, 2, 3)


def test_refusals_and_faults_are_counted_and_take_no_place() -> None:
    ledger = ServerLedger()
    ledger.hear(TurnedAway(method="PUT", path="/a", phone="", status=404, reason="no"))
    ledger.hear(Befallen(method="PUT", path="/a", phone="", fault="status:503"))
    ledger.hear(Full(connections=7))
    ledger.hear(FaultsChanged(("cut",)))

    assert (ledger.turned_away, ledger.faults, len(ledger)) == (1, {"status:503": 1}, 0)
    assert ledger.full == 1
    assert ledger.find("") is None


def test_ledger_is_the_same_in_another_process() -> None:
    ledger, loaded = ServerLedger(), ServerLedger()
    for number in range(3):
        ledger.hear(received(b"%d" % number, f"/{number}"))
    loaded.load(ledger.dump())

    assert dict(loaded.items()) == dict(ledger.items())
    assert len(loaded) == 3
