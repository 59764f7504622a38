"""A running nginx of a test's own: the test says what its server does, and where it keeps what."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CONFIGURATION = """
daemon off;
worker_processes 1;
{user}
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{}}
http {{
    access_log {directory}/access.log;
    client_max_body_size 1m;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
{more}
    server {{
        listen 127.0.0.1:{port} {tls};
{server}
        location / {{
            root {directory}/reports;
            dav_methods PUT;
            create_full_put_path on;
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    """Stores what is PUT."""

    directory: Path
    url: str

    def stored(self, name: str) -> bytes:
        return (self.directory / "reports" / name).read_bytes()

    def stored_names(self) -> list[str]:
        reports = self.directory / "reports"
        return sorted(str(path.relative_to(reports)) for path in reports.rglob("*.xml"))


@contextmanager
def run_nginx(
    directory: Path, *, server: str = "", more: str = "", is_tls: bool = False
) -> Iterator[Nginx]:
    """Run nginx; `server` goes into its server's block, `more` into the one around it."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is missing: run `make interop`"
    # nginx takes over a socket that listens already: no port is guessed, none is waited for.
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        configuration = directory / "nginx.conf"
        text = _CONFIGURATION.format(
            directory=directory,
            port=port,
            # Its worker gives up root's rights by itself, and with them the test's directory.
            user="" if os.geteuid() else "user root;",
            tls="ssl" if is_tls else "",
            server=server,
            more=more,
        )
        configuration.write_text(text)
        process = subprocess.Popen(
            [program, "-p", directory, "-c", configuration, "-e", directory / "error.log"],
            env={**os.environ, "NGINX": f"{door.fileno()};"},
            pass_fds=[door.fileno()],
        )
    try:
        yield Nginx(directory, f"{'https' if is_tls else 'http'}://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)
