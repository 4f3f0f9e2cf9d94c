"""Run in a student's environment: run notebooks without a browser, in a real kernel, and say what came of it.

python headless.py NOTEBOOK...  ->  one JSON object a code cell: notebook, role, error, says
"""

import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

for name in sys.argv[1:]:
    path = Path(name)
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True, resources=resources).execute()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        errors = [output.ename for output in cell.outputs if output.output_type == "error"]
        shown = [output.get("data", {}).get("text/plain", output.get("text", "")) for output in cell.outputs]
        said = {
            "notebook": path.stem,
            "role": cell.metadata.get("machine_room", {}).get("role", ""),
            "error": errors[0] if errors else None,
            "says": "\n".join(map(str, shown)),
        }
        print("CELL", json.dumps(said), flush=True)
