"""A phone whose status is read: who it is, what it holds, its report as a dictionary."""

from lxml import etree

from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.identity import PhoneIdentity
from mppsim.core.parameters import Baseline, ParameterView
from mppsim.core.status import PhoneStatus, build_status

MPP_12 = load_release("mpp-12.0")
PHONE = Baseline.factory(find_model("8851"), MPP_12)
IDENTITY = PhoneIdentity(
    model=find_model("8851"), mac="14a2a0112233", serial="FCH2305ABCD", ip="192.168.1.100"
)
NOON = 1_723_550_400.0  # 13 August 2024, 12:00:00 UTC, which is 04:00:00 at GMT-08:00


def view_with(**values: str) -> ParameterView:
    """Make a view of the 8851 with some values; `Password_1_` and the like are names already."""
    names = {name.replace("TR069", "TR-069"): value for name, value in values.items()}
    return ParameterView(
        PHONE, {PHONE.parameters[name].index: value for name, value in names.items()}, {}
    )


def read(body: bytes) -> dict[str, str]:
    """Read a status report as "Group/Field" to value."""
    root = etree.fromstring(body)
    assert root.tag == "flat-status"
    return {f"{group.tag}/{field.tag}": field.text or "" for group in root for field in group}


def status_of(
    view: ParameterView = PHONE.view,
    status: PhoneStatus | None = None,
    *,
    now: float = 0.0,
    identity: PhoneIdentity = IDENTITY,
) -> dict[str, str]:
    return read(build_status(identity, view, status or PhoneStatus(boot_time=NOON), now=now))
