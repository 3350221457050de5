"""Chance, compiled: one stream for each thread, the same for the same seed on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dispatch.solvers.kernel import inner
from dispatch.solvers.kernel_layout import Ints

Stream = NDArray[np.uint64]
FRACTION = 1.0 / (1 << 53)


def a_stream(seed: int) -> Stream:
    """A stream of its own for every seed."""
    return np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)


@inner
def chance(stream: Stream) -> float:
    """The next number in [0, 1): xorshift64*, Vigna 2016, section 3."""
    x = stream[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    stream[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * FRACTION


@inner
def below(stream: Stream, limit: int) -> int:
    """A whole number in [0, limit)."""
    return int(chance(stream) * limit)


@inner
def sort_by(keys: NDArray[np.float64], items: Ints, size: int) -> None:
    """Sort the first items by their keys, smallest first, both in place (Shell 1959)."""
    gap = 1
    while gap < size // 3:
        gap = 3 * gap + 1
    while gap >= 1:
        for i in range(gap, size):
            key, item, k = keys[i], items[i], i
            while k >= gap and keys[k - gap] > key:
                keys[k], items[k] = keys[k - gap], items[k - gap]
                k -= gap
            keys[k], items[k] = key, item
        gap //= 3
