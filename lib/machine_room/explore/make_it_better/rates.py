"""The sliders of the learning rate: every rate is the one that the slider shows, and the baseline's is among them."""

#: Decades between two places: 0.001, 0.01, 0.1 and, to two digits, 0.15 are places of such a slider.
RATE_STEP = 1 / 17


def shown_rate(value: float) -> float:
    """Return the rate with two digits, as the slider shows it.

    Example:
        >>> shown_rate(0.1501)
        0.15
    """
    return float(f"{value:.2g}")
