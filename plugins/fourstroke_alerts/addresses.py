"""Which addresses an alert may be sent to: none of the inside of a network, unless a project says so."""

from __future__ import annotations

import ipaddress
import socket

from fourstroke import ConfigError, StepError


def resolved(host: str, port: int, *, is_inside_allowed: bool) -> str:
    """Resolve a host once, and give the address to connect to.

    Whoever can change a name's address must not reach the inside of a network by it, such as the
    metadata service of a cloud: all addresses of the name have to be public, and the one that was
    looked at is the one that is connected to.

    Raises
    ------
    ConfigError
        If one of them is not public, and the project does not allow that.
    StepError
        If the name has no address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise StepError(f"{host} has no address: {error}", hint="is the name right?") from error
    addresses = [str(each[4][0]) for each in found]
    inside = [each for each in addresses if not is_public(each)]
    if inside and not is_inside_allowed:
        raise ConfigError(
            f"{host} is {inside[0]}, an address of the inside of a network",
            where="allow_private",
            hint="allow_private = true, if it is meant",
        )
    return addresses[0]


def is_public(address: str) -> bool:
    """Say whether an address is one of the internet.

    Examples
    --------
    >>> is_public("93.184.216.34"), is_public("127.0.0.1"), is_public("169.254.169.254")
    (True, False, False)
    >>> is_public("::ffff:10.0.0.1"), is_public("64:ff9b::a00:1")
    (False, False)
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)  # RFC 6052
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast
