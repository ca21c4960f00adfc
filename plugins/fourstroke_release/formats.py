"""Tell by its content whether a file can run code when it is loaded."""

from __future__ import annotations

import bz2
import lzma
import pickletools
import zipfile
import zlib
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PICKLE: Final = "it is a pickle, which runs code when it is loaded"

_ZIP: Final = b"PK\x03\x04"
_NUMPY: Final = b"\x93NUMPY"
# Of data alone; the bytes that they begin with.
_DATA: Final = (b"PAR1", b"ARROW1", b"GGUF", b"SQLite format 3\x00")
_CODE: Final = frozenset({".py", ".pyc", ".so", ".dll", ".dylib", ".sh", ".jar", ".class"})
_PACKED: Final[dict[bytes, Callable[[bytes], bytes]]] = {
    b"\x1f\x8b": lambda head: zlib.decompressobj(wbits=31).decompress(head),
    b"BZh": lambda head: bz2.BZ2Decompressor().decompress(head),
    b"\xfd7zXZ\x00": lambda head: lzma.LZMADecompressor().decompress(head),
    # What joblib writes with compress = True.
    b"\x78": lambda head: zlib.decompressobj().decompress(head),
}
_HEAD: Final = 65_536
# The length of the header that safetensors begins with, as eight bytes.
_LENGTH: Final = 8


def danger_of(path: Path) -> str:
    """Say in words why a file is not safe to load; empty if it holds data alone.

    Text such as JSON, NumPy arrays without objects, Parquet, Arrow, GGUF, SQLite, safetensors and ONNX
    hold data alone, and so does a zip of such files, which skops writes.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.startswith(_ZIP):
        return _danger(path.name, head)
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as part:
                    found = _danger(member.filename, part.read(_HEAD))
                if found and not member.is_dir():
                    return f"{member.filename} in it: {found}"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        return f"it is a zip that cannot be read: {error}"
    return ""


def _danger(name: str, head: bytes) -> str:
    suffix = PurePath(name).suffix.lower()
    if suffix in _CODE:
        return "it is code"
    if _is_pickle(head):
        return PICKLE
    if head.startswith(_NUMPY):
        # The header names the type of the cells; objects are pickled.
        return PICKLE if b"|O" in head[:256] else ""
    if head.startswith(_DATA) or suffix == ".onnx" or _is_tensors(head) or _is_text(head):
        return ""
    for magic, unpack in _PACKED.items():
        if head.startswith(magic):
            return _danger_packed(name, head, unpack)
    return "its format is not known as one that holds data alone"


def _danger_packed(name: str, head: bytes, unpack: Callable[[bytes], bytes]) -> str:
    try:
        inner = unpack(head)
    except (zlib.error, OSError, EOFError, lzma.LZMAError) as error:
        return f"it is packed and cannot be read: {error}"
    return _danger(PurePath(name).stem, inner[:_HEAD])


def _is_pickle(head: bytes) -> bool:
    """Tell by the first bytes of protocols 2 to 5, or by reading all opcodes of an older one."""
    if head[:1] == b"\x80" and head[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}:
        return True
    try:
        opcodes = [opcode.name for opcode, _, _ in pickletools.genops(head)]
    except Exception:  # noqa: BLE001 - pickletools raises whatever its readers raise
        return False
    return opcodes[-1] == "STOP" and len(opcodes) > 1


def _is_tensors(head: bytes) -> bool:
    length = int.from_bytes(head[:_LENGTH], "little")
    return head[_LENGTH : _LENGTH + 1] == b"{" and 0 < length < 1 << 32


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    try:
        # The last character may be cut through.
        head.decode("utf-8", errors="strict" if len(head) < _HEAD else "ignore")
    except UnicodeDecodeError:
        return False
    return True
