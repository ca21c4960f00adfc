"""Drawing rows of a window evenly while its batches pass by once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fourstroke_performance.packing import coded

if TYPE_CHECKING:
    from fourstroke import Window
    from fourstroke_performance.labels import Array
    from fourstroke_performance.packing import Column


def drawn_codes(window: Window, columns: tuple[Column, ...], *, most: int, seed: int) -> Array:
    """Give the codes of at most ``most`` rows, each row of the window as likely as any other.

    Notes
    -----
    Every row gets a random number, and those of the smallest are kept: the same rows whether they come
    in one batch or in many.
    """
    generator = np.random.default_rng(seed)
    codes = np.zeros((0, len(columns)), dtype=np.uint8)
    keys = np.zeros(0)
    for batch in window.batches:
        codes = np.concatenate([codes, coded(columns, batch.data)])
        keys = np.concatenate([keys, generator.random(len(batch.data))])
        if len(keys) > most:
            kept = np.sort(np.argpartition(keys, most)[:most])
            codes, keys = codes[kept], keys[kept]
    return codes
