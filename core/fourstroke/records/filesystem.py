"""Which file system a path lies on: SQLite's write-ahead log needs memory that processes share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mounts")
_NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "beegfs"}
)


def network_file_system(path: Path, mounts: Path = _MOUNTS) -> str:
    """Name the network file system that holds a path; empty if it is a local one, or unknown.

    Only Linux tells, by its list of mounts.
    """
    if not mounts.exists():
        return ""
    resolved, longest, kind = path.resolve(), 0, ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        _, point, found, *_ = line.split(" ")
        # Spaces in a mount point are written as octal escapes.
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), point)
        if resolved.is_relative_to(point) and len(point) >= longest:
            longest, kind = len(point), found
    is_network = kind in _NETWORK or kind.startswith("fuse.sshfs")
    return kind if is_network else ""
