from mppsim.errors import MppSimError
from mppsim.server.refusal import Refused


def test_refusal_has_a_status_and_says_why() -> None:
    refused = Refused(413, "a report has at most 8 bytes here")

    assert isinstance(refused, MppSimError)
    assert (refused.status, refused.reason) == (413, "a report has at most 8 bytes here")
    assert str(refused) == refused.reason
