"""Bring skops files into the one form that equal models share.

skops names members by the addresses of objects and stamps them with the time, and NumPy writes
whatever lay in the gaps of structured arrays. Here members are named by their content, dates are
fixed, gaps are zero, and addresses are left out: skops then makes a part that two others share twice,
which changes no prediction.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any, Final

import numpy as np

_SCHEMA: Final = "schema.json"
# The earliest that a zip file can tell.
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_NONE: Final = {
    "__class__": "str",
    "__module__": "builtins",
    "__loader__": "JsonNode",
    "content": "null",
    "is_json": True,
}


def canonical_skops(content: bytes) -> bytes:
    """Give the canonical form of a skops file.

    Parameters
    ----------
    content : bytes
        What ``skops.io.dumps`` gave in this process: it is not made sure of here.

    Returns
    -------
    bytes
        A skops file of the same object: equal bytes for equal objects, in every process with the
        same versions of skops, NumPy and scikit-learn.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        members = {
            name: _canonical_member(name, archive.read(name))
            for name in archive.namelist()
            if name != _SCHEMA
        }
    names = {name: _name_of(name, member) for name, member in members.items()}
    written = {names[name]: member for name, member in members.items()}
    written[_SCHEMA] = json.dumps(_canonical_node(schema, names), separators=(",", ":")).encode()
    return _zipped(written)


def _canonical_node(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_canonical_node(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _canonical_node(value, names) for key, value in node.items() if key != "__id__"}
    loader = made.get("__loader__")
    if isinstance(made.get("file"), str):
        made["file"] = names[made["file"]]
    elif loader == "SetNode":
        # The order of a set of text differs from process to process.
        made["content"] = sorted(made["content"], key=json.dumps)
    elif loader == "PartialNode" and made["content"]["namespace"].get("content") == {}:
        # A partial without attributes has none at first, and an empty dict once it was loaded.
        made["content"]["namespace"] = _NONE
    return made


def _canonical_member(name: str, content: bytes) -> bytes:
    if name.endswith(".npy"):
        return _without_gaps(content)
    if name.endswith(".npz"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _zipped({part: archive.read(part) for part in archive.namelist()})
    return content


def _without_gaps(content: bytes) -> bytes:
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names is None:
        return content
    clean = np.zeros(array.shape, dtype=array.dtype)
    for field in array.dtype.names:
        clean[field] = array[field]
    buffer = io.BytesIO()
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


def _name_of(name: str, content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()[:32]}.{name.rpartition('.')[2]}"


def _zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, date_time=_LONG_AGO)
            entry.create_system = _UNIX
            archive.writestr(entry, members[name])
    return buffer.getvalue()
