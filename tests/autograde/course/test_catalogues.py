"""A course in another language: collected for translators, refused where it cannot be said, and brought to students."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po
from click.testing import CliRunner

from autograde.cli import autograde
from autograde.course.build import build
from autograde.course.catalogues import CatalogueError, counted, sentences, update
from autograde.course.folder import Course
from autograde.course.kit import FOLDER, make_kit
from autograde.course.settings import SettingsError
from autograde.grading.engine import this_engine
from autograde.sandbox.student_view import write_view
from machine_room.checks import run_check
from machine_room.exchange.watching import while_waiting
from machine_room.exercises import all_exercises, find
from machine_room.explore import prediction
from machine_room.notebook import progress
from machine_room.translation import language, say
from tests.english import messages

SECOND = Path(__file__).resolve().parents[2] / "second_course"
ROOT = Path(__file__).resolve().parents[3]
PO = Path("lib/signals/locale/de/LC_MESSAGES/messages.po")
TABLE = Path("lib/signals/language.json")
HINT = "Show a hint"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    root = tmp_path / "second"
    shutil.copytree(SECOND, root)
    build(root)
    return Course(root)


def translate(course: Course, translations: dict[str, str | tuple[str, ...]], code: str = "de") -> Path:
    """Have a course's file of translations, with some of them."""
    with course.in_use():
        path, _ = update(course.root, course.packages(), code)
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code)
    for message, translation in translations.items():
        catalogue[message].string = translation
    with path.open("wb") as file:
        write_po(file, catalogue, width=110)
    return path


def speak(course: Course, code: str = "de") -> None:
    with (course.root / "autograde.toml").open("a", encoding="utf-8") as file:
        file.write(f'\nlanguage = "{code}"\n')


def test_all_that_is_said_is_collected_once_and_nothing_that_is_put_together() -> None:
    found = {message if isinstance(message, str) else tuple(message) for _, _, message in sentences(())}
    import ast

    for folder in (ROOT / "lib/machine_room", ROOT / "autograde"):
        for path in folder.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "machine_room.translation" not in text:
                continue
            tree = ast.parse(text)
            said = {texts[0] if len(texts) == 1 else texts for texts in messages(tree)}
            assert said <= found | {""}, path
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("say", "sentence", "say_count"):
                    assert not isinstance(node.args[0], ast.JoinedStr | ast.BinOp), f"{path}:{node.lineno}"


def test_hints_and_cases_and_formulas_are_among_them() -> None:
    found = {message for _, _, message in sentences(())}
    hints = {mistake.hint for exercise in all_exercises() for mistake in exercise.mistakes}
    assert len(hints) > 500
    assert hints <= found
    assert "the lecture's step" in found
    assert any("`max abs(a-b)" in str(message) or "relative" in str(message) for message in found)


def test_a_course_is_in_its_language_for_students_and_the_judge(course: Course, tmp_path: Path) -> None:
    translate(course, {HINT: "Einen Hinweis zeigen"})
    speak(course)
    assert [drift.path for drift in build(course.root)] == [TABLE, PO.with_suffix(".mo")]
    assert build(course.root, check=True) == []
    with course.in_use():
        assert language() == "de"
        assert say(HINT) == "Einen Hinweis zeigen"
        assert say("Show the formula") == "Show the formula"
    assert language() == "en"

    make_kit(course.root, tmp_path / "kit.zip")
    with zipfile.ZipFile(tmp_path / "kit.zip") as archive:
        [wheel] = [name for name in archive.namelist() if "signals" in name and name.endswith(".whl")]
        assert wheel.startswith(FOLDER)
        with zipfile.ZipFile(archive.open(wheel)) as inside:
            names = set(inside.namelist())
    assert {"signals/language.json", "signals/locale/de/LC_MESSAGES/messages.mo"} <= names


def test_a_hint_of_the_courses_own_and_one_of_ours_are_said_by_the_check(course: Course) -> None:
    own = find_own(course, "moving_average")
    translate(
        course,
        {
            own: "Eigener Hinweis.",
            "That goes uphill: the gradient points to where the loss grows. Subtract.": "Bergauf!",
        },
    )
    speak(course)
    build(course.root)
    with course.in_use():
        first = find("moving_average").mistakes[0]
        assert run_check(find("moving_average"), first.function, seed=1).hint == "Eigener Hinweis."
        climbs = find("gradient_descent_step").mistakes[0]
        said = run_check(find("gradient_descent_step"), climbs.function, seed=1)
        assert (said.hint, said.mistake, said.points_share) == ("Bergauf!", "step_climbs", 0.0)


def find_own(course: Course, name: str) -> str:
    with course.in_use():
        return find(name).mistakes[0].hint


def test_taken_back_the_course_is_in_english_again(course: Course) -> None:
    translate(course, {HINT: "Einen Hinweis zeigen"})
    speak(course)
    build(course.root)
    text = (course.root / "autograde.toml").read_text(encoding="utf-8")
    (course.root / "autograde.toml").write_text(text.replace('language = "de"', ""), encoding="utf-8")
    assert [drift.path for drift in build(course.root)] == [TABLE]
    assert not (course.root / TABLE).exists()
    assert build(course.root, check=True) == []


def test_the_same_translations_make_the_same_bytes(course: Course) -> None:
    path = translate(course, {HINT: "Einen Hinweis zeigen"})
    speak(course)
    build(course.root)
    first = path.with_suffix(".mo").read_bytes()
    text = path.read_text(encoding="utf-8")
    later = re.sub(
        r'"(PO-Revision-Date|POT-Creation-Date|Generated-By): [^\\]*\\n"', r'"\1: 2031-01-01 00:00+0000\\n"', text
    )
    assert later != text
    path.write_text(later, encoding="utf-8")
    assert build(course.root, check=True) == []
    assert path.with_suffix(".mo").read_bytes() == first


def test_another_language_is_another_engine(course: Course) -> None:
    before = this_engine((), course.packages())
    translate(course, {HINT: "Einen Hinweis zeigen"})
    speak(course)
    build(course.root)
    assert this_engine((), course.packages()) != before


def test_no_translation_lies_where_students_code_is_graded(course: Course, tmp_path: Path) -> None:
    translate(course, {HINT: "Einen Hinweis zeigen"})
    speak(course)
    build(course.root)
    write_view(tmp_path / "view", (), course.packages())
    assert [
        path for path in (tmp_path / "view").rglob("*") if path.suffix in (".po", ".mo") or path.name == "locale"
    ] == []


def test_what_is_missing_is_counted_and_what_was_translated_stays(course: Course) -> None:
    translate(course, {HINT: "Einen Hinweis zeigen"})
    with course.in_use():
        once = counted(course.root, course.packages(), "de")
        _, again = update(course.root, course.packages(), "de")
    assert (once.translated, again) == (1, once)
    assert str(once) == (
        f"{once.total - 1:,} of {once.total:,} sentences are not translated to de: students read them in English."
    )


def test_a_german_catalogue_is_said_and_what_it_lacks_is_counted(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The beginning of a real one: the notebook's room, predictions, hand-ins, and the check of relu_backward."""
    (course.root / PO).parent.mkdir(parents=True)
    shutil.copy(SECOND / "german.po", course.root / PO)
    monkeypatch.chdir(course.root)
    told = CliRunner().invoke(autograde, ["translate", "de"], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    with course.in_use():
        found = counted(course.root, course.packages(), "de")
    assert str(found) in " ".join(told.output.split())
    assert found.translated >= 140
    speak(course)
    assert PO.with_suffix(".mo") in [drift.path for drift in build(course.root)]
    with course.in_use():
        relu = find("relu_backward")
        unchanged = next(one for one in relu.mistakes if "unchanged" in one.hint)
        hint = run_check(relu, unchanged.function, seed=1).hint
        assert hint is not None
        assert hint.startswith("Du gibst dh unverändert weiter.")
        asked = prediction.find("first_step_without_correction")
        assert asked.beside("too short") == ("Deine Vorhersage: zu kurz", "Es ist: zu lang")
        assert asked.question.startswith("β₁ is 0.9")
        assert (
            while_waiting({"watched": False}) == "Es ist aufgehoben und wird mit den Arbeiten aller anderen bewertet."
        )


def test_a_sentence_that_was_rewritten_waits_for_a_person(course: Course) -> None:
    path = translate(course, {HINT: "Einen Hinweis zeigen"})
    text = path.read_text(encoding="utf-8").replace(f'msgid "{HINT}"', 'msgid "Show the hint"')
    path.write_text(text, encoding="utf-8")
    with course.in_use():
        _, translated = update(course.root, course.packages(), "de")
    assert translated.translated == 0
    assert "#, fuzzy" in path.read_text(encoding="utf-8")
    speak(course)
    build(course.root)
    with course.in_use():
        assert say(HINT) == HINT


LIST = "The dict lacks {keys}; it has {others} instead: is that only the spelling?"
COUNTED = ("{name}: correct, {count} case", "{name}: correct, {count} cases")
#: What a translator may get wrong: the sentence, its translation, what is told.
MISTAKES: dict[str, tuple[str | tuple[str, str], str | tuple[str, str], str]] = {
    "another name": (LIST, "Dem Dict fehlt {keys}; hat {andere}.", "{others}"),
    "one is missing": (LIST, "Dem Dict fehlt {keys}.", "has {keys} where the sentence has {keys}, {others}"),
    "one too many": (HINT, "{count} Hinweise zeigen", "which has {count} where the sentence has none"),
    "a number": (LIST, "Dem Dict fehlt {0}; es hat {1}.", "{0}, {1}"),
    "an attribute": (LIST, "{keys.__class__} {keys} {others}", "{keys.__class__}"),
    "an open brace": (LIST, "Dem Dict fehlt {keys; es hat {others}.", "Keep the places in braces as they are"),
    "another form": (
        "Wrong only where {name} is 0",
        "Falsch nur, wo {name!r} 0 ist",
        "which has {name!r} where the sentence has {name}",
    ),
    "a form without its name": (COUNTED, ("{name}: richtig, ein Fall", "richtig, {count} Fälle"), "{name}"),
    "another name in a form": (COUNTED, ("{name}: richtig, {count} Fall", "{name}: richtig, {zahl} Fälle"), "{zahl}"),
    "a tag": (HINT, "<b>Einen Hinweis</b> zeigen", "keep its tags"),
    "a line more": (HINT, "Einen Hinweis zeigen\n", "begin and end a line where it does"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_translation_that_cannot_be_said_is_refused_with_file_line_and_sentence(what: str, course: Course) -> None:
    message, translation, told = MISTAKES[what]
    path = translate(course, {message if isinstance(message, str) else message[0]: translation})
    speak(course)
    with pytest.raises(CatalogueError) as raised:
        build(course.root)
    assert told in str(raised.value)
    found = re.match(rf"{re.escape(str(path))}:(\d+): ", str(raised.value))
    assert found is not None
    line = path.read_text(encoding="utf-8").splitlines()[int(found.group(1)) - 1]
    assert line.startswith("msgid")
    assert not (course.root / TABLE).exists()


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "not in UTF-8": lambda text: text.replace(b"Einen", b"\xff\xfeinen"),
    "no file of gettext's": lambda text: b"msgid Hallo\nmsgstr\n" + text,
    "a quote is missing": lambda text: text.replace(b'msgstr "Einen Hinweis zeigen"', b'msgstr "Einen Hinweis zeigen'),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(what: str, course: Course) -> None:
    path = translate(course, {HINT: "Einen Hinweis zeigen"})
    path.write_bytes(BROKEN[what](path.read_bytes()))
    speak(course)
    with pytest.raises(CatalogueError, match=re.escape(str(path))) as raised:
        build(course.root)
    assert "Expected a file of gettext's (.po)" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("said", ['"Deutsch"', '"../de"', '"de/../fr"', "7", '["de"]', '""', '"DE"'])
def test_what_is_no_language_is_told_in_a_sentence(said: str, course: Course) -> None:
    with (course.root / "autograde.toml").open("a", encoding="utf-8") as file:
        file.write(f"\nlanguage = {said}\n")
    with pytest.raises(SettingsError, match="language should be its letters in quotes"):
        build(course.root)


@pytest.mark.parametrize("said", ["en", "../de", "qxx", "Deutsch"])
def test_what_cannot_be_translated_to_is_told_in_a_sentence(said: str, course: Course) -> None:
    with pytest.raises(CatalogueError, match=r"no language|Expected its letters"), course.in_use():
        update(course.root, course.packages(), said)


def test_a_course_without_a_package_is_told_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "autograde.toml").write_text("", encoding="utf-8")
    with pytest.raises(CatalogueError, match="needs a package of its own"):
        update(tmp_path, (), "de")


def test_the_steps_of_the_document_lead_to_a_course_in_german(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    section = (ROOT / "docs" / "adapting.md").read_text(encoding="utf-8").split("## In another language\n")[1]
    block = re.search(r"```\n(.*?)```", section.split("\n## ")[0], re.DOTALL)
    assert block is not None
    commands = [line.split("#")[0].split() for line in block.group(1).splitlines() if line.startswith("autograde")]
    assert [words[1] for words in commands] == ["translate", "build", "verify"]
    monkeypatch.chdir(course.root)
    said = []
    for words in commands[:2]:
        result = CliRunner().invoke(autograde, words[1:], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        said.append(result.output)
        if words[1] == "translate":
            assert PO.is_file()
            speak(course)
    assert "sentences are not translated to de" in said[0]
    assert "sentences are not translated to de" in said[1]
    with course.in_use():
        assert language() == "de"
        assert "points" in progress().text
