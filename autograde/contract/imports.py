"""What importing nbgrader need not cost.

nbgrader imports nbformat, that jsonschema, and that, to check addresses in schemas, the optional `rfc3987_syntax`. It
compiles two grammars, which takes more than half of what `import nbgrader` does. Neither nbformat's schema nor nbgrader
asks for such a check.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module

__all__ = ["spare_grammars"]

GRAMMARS = "rfc3987_syntax"


def spare_grammars() -> None:
    """Import jsonschema as it is where the optional package is not installed. Called before nbgrader is imported.

    Where either is imported already nothing changes; who imports the package later gets it.
    """
    if "jsonschema" in sys.modules or GRAMMARS in sys.modules:
        return
    sys.modules[GRAMMARS] = None  # type: ignore[assignment]  # Python's own way to say that there is no such module
    try:
        with suppress(ImportError):  # nbformat will say so itself
            import_module("jsonschema")
    finally:
        del sys.modules[GRAMMARS]
