"""NumPy where it is installed, as it always is for the judge and this project's course; else what stands for it."""

from __future__ import annotations

try:
    import numpy as np
except ModuleNotFoundError:  # an environment of a course's own may lack it
    from . import without_numpy as np  # type: ignore[no-redef]

__all__ = ["np"]
