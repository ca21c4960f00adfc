"""Codecs: which one writes values of a type, and which one wrote a stored value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs

from fourstroke.artifacts.digest import canonical_json
from fourstroke.artifacts.plain import from_plain, is_plain_type
from fourstroke.errors import StepError, StoreError

if TYPE_CHECKING:
    from fourstroke.plugins.services import TableCaller

JSON: Final = "json"

_JSON_FILE = "value.json"


class Codec(Protocol):
    """How values of a type become files, and files values."""

    def encode(self, value: Any, folder: Path) -> bool:
        """Write a value as files into an empty folder."""
        ...

    def decode(self, folder: Path) -> Any:
        """Read back what `encode` wrote."""
        ...


class JsonCodec:
    """The core's own codec: entities and plain values, as canonical JSON."""

    def encode(self, value: Any, folder: Path) -> bool:
        """Write the value; equal values give equal bytes."""
        (folder / _JSON_FILE).write_bytes(canonical_json(value))
        return True

    def decode(self, folder: Path) -> Any:
        """Read a value that equals the one that was written."""
        try:
            plain = json.loads((folder / _JSON_FILE).read_bytes())
        except (ValueError, RecursionError) as error:
            raise StoreError(f"a stored value is no JSON: {error}") from error
        return from_plain(plain)


@attrs.define(eq=False)
class Codecs:
    """Finds codecs by the type of a value or by recorded name, and makes each when it is needed.

    Parameters
    ----------
    root : Path
        The project's folder.
    overrides : mapping of str to (str or object)
        For a type ``module.Type``: a codec, or the file and class of one in the project
        (``images.py:ImageCodec``). They come before what is installed.
    """

    root: Path
    overrides: Mapping[str, object] = attrs.field(factory=dict)
    _made: dict[str, Codec] = attrs.field(factory=lambda: {JSON: JsonCodec()}, init=False)
    _name_by_type: dict[type, str] = attrs.field(factory=dict, init=False)
    _installed: frozenset[str] | None = attrs.field(default=None, init=False)

    def for_value(self, value: Any) -> tuple[str, Codec]:
        """Find the codec of a value: of the nearest type along the MRO that has one.

        Returns
        -------
        str, Codec
            The name under which it is to be recorded, and the codec.

        Raises
        ------
        StepError
            If there is none, or the value is ``None``, which no stage may give.
        """
        if value is None:
            raise StepError("there is no value to keep", hint="give a result, not None")
        kind = type(value)
        if kind not in self._name_by_type:
            self._name_by_type[kind] = self._find_name(kind)
        name = self._name_by_type[kind]
        return name, self.named(name)

    def named(self, name: str) -> Codec:
        """Give the codec of this recorded name.

        Raises
        ------
        PluginError
            If it is not installed.
        """
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def tables(self, name: str) -> TableCaller:
        """Give what the codec of this recorded name knows of tables besides."""
        from fourstroke.plugins.services import TableCaller  # noqa: PLC0415 - costs milliseconds

        self.named(name)
        return TableCaller(self._instance(name) if name != JSON else self._made[JSON])

    def _find_name(self, kind: type) -> str:
        # The most frequent case by far, and one that needs no look at what is installed.
        if is_plain_type(kind) and kind.__module__.startswith(("builtins", "fourstroke.")):
            return JSON
        offered = self._offered()
        for ancestor in kind.__mro__:
            name = f"{ancestor.__module__}.{ancestor.__qualname__}"
            if name in self.overrides or name in offered:
                return name
        if is_plain_type(kind):
            return JSON
        raise StepError(
            f"{kind.__module__}.{kind.__qualname__} cannot be kept: there is no codec for it",
            hint="give a table, a model, a fact or plain values, or install a codec for this type",
        )

    def _offered(self) -> frozenset[str]:
        if self._installed is None:
            from fourstroke.plugins.discovery import installed  # noqa: PLC0415 - costs milliseconds

            self._installed = frozenset(
                offer.name for offer in installed() if offer.stage == "codec"
            )
        return self._installed

    def _make(self, name: str) -> Codec:
        # Callers of plugins are loaded here and not above: most values of a run are plain.
        from fourstroke.plugins.admission import admit  # noqa: PLC0415
        from fourstroke.plugins.services import CodecCaller  # noqa: PLC0415

        instance = self._instance(name)
        admit(type(instance), "codec", where=f"codec {name}")
        return CodecCaller(instance)

    def _instance(self, name: str) -> object:
        own = self.overrides.get(name)
        if own is None:
            from fourstroke.plugins.discovery import find  # noqa: PLC0415 - costs milliseconds

            own = find("codec", name).load()
        elif isinstance(own, str):
            from fourstroke.plugins.inhouse import load_object  # noqa: PLC0415

            own = load_object(self.root, own)
        return own() if isinstance(own, type) else own
