"""Where the service listens: opened once, before anything is loaded, and shared by all workers."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator, Sequence
from typing import Final

from fourstroke import UsageError

# What the system holds for workers that are busy, or still loading; it may allow fewer.
_BACKLOG: Final = 2048


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[Sequence[socket.socket]]:
    """Listen at every address of a host; port 0 takes a free one.

    Whoever connects waits until a worker accepts, so that nobody is refused while one is loading.

    Raises
    ------
    UsageError
        If the port is taken, or the address is not of this machine.
    """
    with contextlib.ExitStack() as opened:
        found: list[socket.socket] = []
        for family, address in _addresses(host, port):
            chosen = found[0].getsockname()[1] if found else port
            try:
                found.append(opened.enter_context(_opened(family, (address, chosen))))
            except OSError as error:
                # The name localhost has an address of IPv6 also where there is no IPv6.
                if found and error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    continue
                raise _cannot(host, port, error) from error
        yield found


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise UsageError(f"'{host}' is no address of this machine", where="--host") from error
    # IPv4 first: without IPv6 the other one cannot be opened, and that is then no fault.
    unique = dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found)
    return sorted(unique, key=lambda each: each[0] != socket.AF_INET)


def _opened(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name != "nt":
            # Else the port is taken for a minute after a service has ended; Windows means another thing by it.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
        opened.listen(_BACKLOG)
        opened.setblocking(False)
    except BaseException:
        opened.close()
        raise
    return opened


def _cannot(host: str, port: int, error: OSError) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError(
            f"port {port} is in use", where="--port", hint="choose another one; 0 takes a free one"
        )
    if error.errno == errno.EACCES:
        return UsageError(f"port {port} needs rights that you do not have", where="--port")
    if error.errno == errno.EADDRNOTAVAIL:
        return UsageError(f"'{host}' is no address of this machine", where="--host")
    return UsageError(f"cannot listen at {host}, port {port}: {error.strerror}", where="--host")
