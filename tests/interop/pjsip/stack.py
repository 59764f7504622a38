"""A PJSIP that runs on this machine, for the programs beside this file."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import pjsua2

LIBRARY = ctypes.CDLL(pjsua2._pjsua2.__file__)
"""What Python's bindings were built from, since they do not bind all of it."""

QUIETLY = pjsua2.PJSUA_DESTROY_NO_NETWORK
TRANSPORTS = {
    "udp": pjsua2.PJSIP_TRANSPORT_UDP,
    "tcp": pjsua2.PJSIP_TRANSPORT_TCP,
    "tls": pjsua2.PJSIP_TRANSPORT_TLS,
}


@contextmanager
def running(transport: str, tls: dict[str, object]) -> Iterator[tuple[pjsua2.Endpoint, int]]:
    """Run PJSIP with one transport on a free port; give it, and the transport's number."""
    LIBRARY.pj_log_set_level(0)
    endpoint = pjsua2.Endpoint()
    endpoint.libCreate()
    config = pjsua2.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    endpoint.libInit(config)
    try:
        place = pjsua2.TransportConfig()
        place.boundAddress = "127.0.0.1"
        for name, value in tls.items():
            setattr(place.tlsConfig, name, value)
        number = endpoint.transportCreate(TRANSPORTS[transport], place)
        endpoint.libStart()
        yield endpoint, number
    finally:
        endpoint.libDestroy(QUIETLY)
