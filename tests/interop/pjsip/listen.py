"""PJSIP listens at a free port, which it prints, until its standard input ends.

.strangers/pjsip/bin/python listen.py TRANSPORT [CERTIFICATE KEY]
"""

import select
import sys

import pjsua2
from stack import running


def main(transport: str, *files: str) -> None:
    tls = dict(zip(("certFile", "privKeyFile"), files, strict=False))
    with running(transport, tls) as (endpoint, number):
        account = pjsua2.Account()
        config = pjsua2.AccountConfig()
        config.idUri = "sip:1001@127.0.0.1"
        account.create(config)
        place = endpoint.transportGetInfo(number).localName
        sys.stdout.write(f"{place.rpartition(':')[2]}\n")
        sys.stdout.flush()
        while not select.select([sys.stdin], [], [], 0)[0]:
            endpoint.libHandleEvents(20)


if __name__ == "__main__":
    main(*sys.argv[1:])
