"""A small picture of two curves, as SVG text: the student's function over the reference, for elementwise functions."""

from __future__ import annotations

import html

import numpy as np

from machine_room.arguments import Array
from machine_room.translation import say

__all__ = ["curves"]

WIDTH, HEIGHT, MARGIN = 320, 180, 24
FLAT = 0.25  # pixels: a curve that is nearer than that to a straight line is drawn as one
EXPECTED, YOURS = "#0072b2", "#d55e00"  # told apart by colour-blind readers; yours is dashed besides


def curves(z: Array, expected: Array, yours: Array, label: str, settings: str = "") -> str:
    """Draw expected (solid) and yours (dashed) over z; entries that are not finite leave gaps.

    Args:
        z: what both are functions of, increasing.
        expected, yours: one number for each of z.
        label: what z is.
        settings: with what else both were called, as it is written behind the arguments of a call.
    """
    both = np.concatenate([expected, yours])
    finite = both[np.isfinite(both)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if not np.isfinite(high - low) or high - low < 1e-12:
        low, high = low - 1.0, low + 1.0
    # a curve that runs away must not flatten the one that is right
    room = 2 * float(np.ptp(expected[np.isfinite(expected)])) if np.isfinite(expected).any() else 1.0
    low, high = (
        max(low, float(np.nanmin(expected)) - max(room, 1.0)),
        min(high, float(np.nanmax(expected)) + max(room, 1.0)),
    )
    x = MARGIN + (z - z[0]) / (z[-1] - z[0]) * (WIDTH - 2 * MARGIN)

    def path(values: Array) -> str:
        with np.errstate(invalid="ignore"):
            y = HEIGHT - MARGIN - (np.clip(values, low, high) - low) / (high - low) * (HEIGHT - 2 * MARGIN)
        gaps = np.flatnonzero(np.diff(np.isfinite(y))) + 1
        pieces = [_bends(across, down) for across, down in zip(np.split(x, gaps), np.split(y, gaps), strict=True)]
        return "".join("M" + "L".join(f"{across:.4g},{down:.4g}" for across, down in one) for one in pieces if one)

    text = 'font-size="11" fill="currentColor"'
    zero = HEIGHT - MARGIN - (min(max(0.0, low), high) - low) / (high - low) * (HEIGHT - 2 * MARGIN)
    key = say("solid: expected, dashed: yours ({low:.3g} to {high:.3g})", low=low, high=high)
    below = say("{label} from {first:.3g} to {last:.3g}", label=say(label), first=z[0], last=z[-1]) + settings
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{html.escape(say("your curve and the expected one"))}">'
        f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{zero:.1f}" y2="{zero:.1f}" '
        'stroke="currentColor" opacity="0.3"/>'
        f'<path d="{path(expected)}" fill="none" stroke="{EXPECTED}" stroke-width="3"/>'
        f'<path d="{path(yours)}" fill="none" stroke="{YOURS}" stroke-width="2" stroke-dasharray="6 4"/>'
        f'<text x="{MARGIN}" y="14" {text}>{html.escape(key)}</text>'
        f'<text x="{MARGIN}" y="{HEIGHT - 6}" {text}>{html.escape(below, quote=False)}</text></svg>'
    )


def _bends(x: Array, y: Array) -> list[tuple[float, float]]:
    """Return the points that a line needs to look like all of them (Ramer, Douglas and Peucker); none of a gap."""
    if not np.isfinite(y).all():
        return []
    if len(y) < 3:
        return list(zip(x.tolist(), y.tolist(), strict=True))
    chord = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0])
    worst = int(np.abs(y - chord).argmax())
    if abs(y[worst] - chord[worst]) <= FLAT:
        return [(float(x[0]), float(y[0])), (float(x[-1]), float(y[-1]))]
    return [*_bends(x[: worst + 1], y[: worst + 1]), *_bends(x[worst:], y[worst:])[1:]]
