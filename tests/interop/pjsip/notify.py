"""PJSIP sends one NOTIFY outside of a dialog, and prints the status of each answer.

    .strangers/pjsip/bin/python notify.py URI EVENT ALGORITHM CREDENTIAL [CA]

1001 answers a challenge. Where ALGORITHM is any, CREDENTIAL is its password for what PJSIP picks;
where it is MD5 or SHA-256, the digest of it for that one alone. With CA the phone's certificate is
checked. PJSUA2 sends requests of any method but leaves their challenges to the program, so this
one has them answered by `pjsip_auth_clt_*`, PJSIP's own.
"""

import ctypes
import sys

import pjsua2
from stack import LIBRARY, running

ALGORITHMS = {"any": 0, "MD5": 1, "SHA-256": 2}


class Text(ctypes.Structure):
    """`pj_str_t`."""

    _fields_ = (("characters", ctypes.c_char_p), ("length", ctypes.c_ssize_t))

    def __init__(self, text: str) -> None:
        super().__init__(text.encode(), len(text.encode()))


class Credential(ctypes.Structure):
    """`pjsip_cred_info`; for AKA, which is not used, only room is left."""

    _fields_ = (
        ("realm", Text),
        ("scheme", Text),
        ("username", Text),
        ("is_digest", ctypes.c_int),
        ("data", Text),
        ("algorithm", ctypes.c_int),
        ("aka", ctypes.c_void_p * 7),
    )


class Event(ctypes.Structure):
    """`pjsip_event`, when it is that a transaction has come to another state."""

    _fields_ = (
        ("links", ctypes.c_void_p * 2),
        ("type", ctypes.c_int),
        ("source", ctypes.c_void_p),
        ("transaction", ctypes.c_void_p),
        ("previous_state", ctypes.c_int),
        ("source_type", ctypes.c_int),
    )


Completed = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(Event))
Pointer = ctypes.c_void_p
LIBRARY.pjsua_pool_create.restype = Pointer
LIBRARY.pjsua_get_pjsip_endpt.restype = Pointer
LIBRARY.pjsip_rx_data_get_info.restype = ctypes.c_char_p


class Sender(pjsua2.Account):
    """Sends a request and answers the challenge."""

    def __init__(self, credential: Credential) -> None:
        super().__init__()
        self.is_done = False
        self._credential = credential
        self._completed = Completed(self._on_second_answer)
        config = pjsua2.AccountConfig()
        config.idUri = "sip:pbx@127.0.0.1"
        self.create(config)

    def notify(self, uri: str, event: str) -> None:
        header = pjsua2.SipHeader()
        header.hName, header.hValue = "Event", event
        request = pjsua2.SendRequestParam()
        request.method = "NOTIFY"
        request.txOption.targetUri = uri
        request.txOption.headers.append(header)
        self.sendRequest(request)

    def onSendRequest(self, answered: pjsua2.OnSendRequestParam) -> None:  # noqa: N802
        state = answered.e.body.tsxState
        sys.stdout.write(f"{state.tsx.statusCode}\n")
        if state.tsx.statusCode == 401:
            self._answer_challenge(state.src.rdata.pjRxData, state.tsx.lastTx.pjTxData)
        else:
            self.is_done = True

    def _answer_challenge(self, answer: object, request: object) -> None:
        endpoint = Pointer(LIBRARY.pjsua_get_pjsip_endpt())
        pool = Pointer(LIBRARY.pjsua_pool_create(b"notify", 4000, 4000))
        session = ctypes.create_string_buffer(4096)
        again = Pointer()
        for code in (
            LIBRARY.pjsip_auth_clt_init(session, endpoint, pool, 0),
            LIBRARY.pjsip_auth_clt_set_credentials(session, 1, ctypes.byref(self._credential)),
            LIBRARY.pjsip_auth_clt_reinit_req(
                session, Pointer(int(answer)), Pointer(int(request)), ctypes.byref(again)
            ),
        ):
            if code != 0:
                sys.exit(f"PJSIP does not answer the challenge: {code}")
        LIBRARY.pjsip_endpt_send_request(endpoint, again, -1, None, self._completed)

    def _on_second_answer(self, _token: int, event: "ctypes._Pointer[Event]") -> None:
        told = "no answer"
        if event.contents.source_type == pjsua2.PJSIP_EVENT_RX_MSG:
            told = LIBRARY.pjsip_rx_data_get_info(Pointer(event.contents.source)).decode()
        # Response msg 200/NOTIFY/cseq=…
        sys.stdout.write(f"{told.removeprefix('Response msg ').partition('/')[0]}\n")
        self.is_done = True


def main(uri: str, event: str, algorithm: str, secret: str, *ca: str) -> None:
    number = ALGORITHMS[algorithm]
    credential = Credential(
        Text("*"), Text("digest"), Text("1001"), int(number > 0), Text(secret), number
    )
    tls = {"verifyServer": True, "CaListFile": ca[0]} if ca else {}
    with running(uri.rpartition("=")[2], tls) as (endpoint, _):
        sender = Sender(credential)
        sender.notify(uri, event)
        while not sender.is_done:
            endpoint.libHandleEvents(100)


if __name__ == "__main__":
    main(*sys.argv[1:])
