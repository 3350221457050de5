"""A robust correction from pairs of planned and actual times: pure arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median, quantiles

# Fewer than that say nothing.
LEAST = 10
# Beyond it something else happened (a wrong tap, a night in between): no observation of the road.
SANE_PERMILLE = (333, 3000)
# What a correction may be: the estimate was not that wrong.
CLIP_PERMILLE = (600, 1800)


@dataclass(frozen=True)
class Correction:
    """What the observations say: the median of actual / planned and its quartiles, per mille."""

    permille: int
    low_permille: int
    high_permille: int
    observations: int
    outliers: int


def correction(pairs: Iterable[tuple[float, float]]) -> Correction | None:
    """The correction from (planned, actual) in one unit; None when there are too few.

    Pairs outside SANE_PERMILLE are outliers and do not count; the median is clipped.
    """
    ratios, outliers = [], 0
    for planned, actual in pairs:
        if planned <= 0 or actual <= 0:
            continue
        ratio = 1000 * actual / planned
        if SANE_PERMILLE[0] <= ratio <= SANE_PERMILLE[1]:
            ratios.append(ratio)
        else:
            outliers += 1
    if len(ratios) < LEAST:
        return None
    low, _middle, high = quantiles(ratios, n=4, method="inclusive")
    clipped = min(max(median(ratios), CLIP_PERMILLE[0]), CLIP_PERMILLE[1])
    return Correction(round(clipped), round(low), round(high), len(ratios), outliers)
