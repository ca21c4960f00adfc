"""Tails of curves that lean to one side, and quantiles of the normal one."""

from __future__ import annotations

import math
from typing import Final

from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv, ndtr, ndtri

# Below that the curve is the normal one to all digits that matter, and its shape too large to compute.
_UPRIGHT: Final = 1e-4


def upper_tail(value: float, skewness: float) -> float:
    """Give the probability beyond a value of Pearson's curve of type III, of mean 0 and variance 1.

    Notes
    -----
    A gamma variable of the shape ``4 / skewness**2``, moved and scaled: K. Pearson (1895), Contributions
    to the mathematical theory of evolution, II: skew variation in homogeneous material.

    Examples
    --------
    >>> round(upper_tail(1.959964, 0.0), 6), round(upper_tail(3.0, 2.0), 6) == round(math.exp(-4), 6)
    (0.025, True)
    """
    if abs(skewness) < _UPRIGHT:
        return float(ndtr(-value))
    shape = 4 / skewness**2
    place = shape + (value if skewness > 0 else -value) * math.sqrt(shape)
    if skewness > 0:
        return float(gammaincc(shape, place)) if place > 0 else 1.0
    return float(gammainc(shape, place)) if place > 0 else 0.0


def upper_quantile(probability: float, skewness: float) -> float:
    """Give the value beyond which lies a probability: the inverse of `upper_tail`.

    Examples
    --------
    >>> round(upper_tail(upper_quantile(0.01, -0.7), -0.7), 12)
    0.01
    """
    if abs(skewness) < _UPRIGHT:
        return -float(ndtri(probability))
    shape = 4 / skewness**2
    if skewness > 0:
        return (float(gammainccinv(shape, probability)) - shape) / math.sqrt(shape)
    return (shape - float(gammaincinv(shape, probability))) / math.sqrt(shape)


def normal_quantile(confidence: float) -> float:
    """Give how many standard errors a two-sided interval reaches to each side."""
    return float(ndtri(0.5 + confidence / 2))
