"""How much of a class had a check right, told so that it says nothing of any single person in it.

A share is told from FEWEST hand-ins on, in tenths, and never so near to none or all that fewer than HIDDEN people would
be on one side: whoever knows their own result and the share learns of nobody else's. Two pages that were written
before and after a single hand-in may stand on two sides of a tenth; who hands in late and alone is why pages should be
written once.
"""

from __future__ import annotations

from collections.abc import Iterable

from machine_room.translation import say

__all__ = ["FEWEST", "HIDDEN", "told_share"]

FEWEST = 20  # graded hand-ins
HIDDEN = 5  # people at least on either side of what is told
TENTHS = 10
CLOSE = 1e-9  # of points


def told_share(scores: Iterable[tuple[float, float]]) -> str:
    """Return the sentence on a check; empty where there are too few, or nothing to have right.

    Args:
        scores: points and how many there were, of everyone whose check was graded.

    Example:
        >>> told_share([(1.0, 1.0)] * 70 + [(0.0, 1.0)] * 30)
        'About 70 % of the class had this right.'
        >>> told_share([(1.0, 1.0)] * 100)
        'More than 90 % of the class had this right.'
        >>> told_share([(1.0, 1.0)] * 19)
        ''
    """
    right = [points >= most - CLOSE for points, most in scores if most > 0]
    size, count = len(right), sum(right)
    if size < FEWEST:
        return ""
    edge = HIDDEN * TENTHS // size + 1  # tenths that are more people than that
    low, high = edge * size / TENTHS, (TENTHS - edge) * size / TENTHS
    if count > high:
        return say("More than {tenths} % of the class had this right.", tenths=100 - 100 * edge // TENTHS)
    if count < low:
        return say("Less than {tenths} % of the class had this right.", tenths=100 * edge // TENTHS)
    return say("About {tenths} % of the class had this right.", tenths=round(TENTHS * count / size) * 100 // TENTHS)
