"""Run in a student's environment: work through a notebook without a front end, and say what came of each cell.

python work_through.py NOTEBOOK  ->  one JSON object a code cell: id, role, error, says, pictured or asking
"""

import json
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.showtraceback = lambda *arguments, **keywords: None  # type: ignore[method-assign] # the error itself is reported
notebook = json.loads(Path(sys.argv[1]).read_bytes())
for cell in notebook["cells"]:
    if cell["cell_type"] != "code":
        continue
    result = shell.run_cell("".join(cell["source"]), store_history=False)
    error = result.error_before_exec or result.error_in_exec
    assert shell.display_formatter is not None
    data, _ = shell.display_formatter.format(result.result) if result.result is not None else ({}, {})
    about = {
        "id": cell["id"],
        "role": cell["metadata"].get("machine_room", {}).get("role", ""),
        "error": type(error).__name__ if error is not None else None,
        "says": str(error) if error is not None else data.get("text/plain", ""),
        "pictured": "image/png" in data or "explore.predict(" in "".join(cell["source"]),
    }
    print("CELL", json.dumps(about))
