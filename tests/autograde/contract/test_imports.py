"""What nbgrader brings along is imported without the grammars that nobody asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def printed(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_gradebook_is_opened_without_compiling_grammars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = (
        "import sys; from pathlib import Path; from autograde.gradebook.database import gradebook_of\n"
        "gradebook_of(Path.cwd()).close(); print({'lark', 'rfc3987_syntax'} & set(sys.modules))"
    )
    assert printed(code) == "set()"


def test_who_wants_the_grammars_later_gets_them_and_notebooks_are_still_checked() -> None:
    code = (
        "from autograde.contract.imports import spare_grammars; spare_grammars()\n"
        "import rfc3987_syntax, nbformat\n"
        "poem = {'cells': [{'cell_type': 'poem', 'id': 'a'}], 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5}\n"
        "try: nbformat.validate(poem)\n"
        "except nbformat.ValidationError: print('refused')"
    )
    assert printed(code) == "refused"


def test_what_is_imported_already_stays() -> None:
    code = (
        "import jsonschema, sys; before = dict(sys.modules)\n"
        "from autograde.contract.imports import spare_grammars; spare_grammars()\n"
        "print(sys.modules['jsonschema'] is before['jsonschema'], 'rfc3987_syntax' in sys.modules)"
    )
    assert printed(code) == "True True"
