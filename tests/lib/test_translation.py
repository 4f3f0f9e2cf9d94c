"""What is said in the language of the course, what in English, and what a catalogue must not do."""

from __future__ import annotations

import pickle
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from machine_room.translation import ENGLISH, Sentence, fits, fits_count, language, say, say_count, sentence, speaking
from tests.pseudo_language import LANGUAGE, pseudo, pseudo_course


def catalogue(**translations: str) -> bytes:
    """A catalogue of one or several sentences, whatever they are worth."""
    made = Catalog()
    for message, translation in translations.items():
        made.add(message, translation)
    file = BytesIO()
    write_mo(file, made)
    return file.getvalue()


def test_english_is_the_message_with_its_values() -> None:
    assert language() == ENGLISH
    assert say("{name} has {share:.2f} of {total!r}", name="relu", share=1 / 3, total="x") == "relu has 0.33 of 'x'"
    assert say("return {} of `{a}`") == "return {} of `{a}`"
    assert say("{{x}} is a set of {count}", count=1) == "{x} is a set of 1"
    assert say("") == ""


def test_a_value_is_never_taken_for_a_place() -> None:
    assert say("raised {error}", error="KeyError: {name} {0}") == "raised KeyError: {name} {0}"


def test_a_kept_sentence_is_its_english_text_and_is_said_later(tmp_path: Path) -> None:
    inner = sentence("the number of entries of {name}", name="x")
    kept = sentence("multiplied by {words}", words=inner)
    assert kept == "multiplied by the number of entries of x"
    assert {kept: 1}["multiplied by the number of entries of x"] == 1
    with pseudo_course(tmp_path):
        assert say(inner) == pseudo("the number of entries of {name}").format(name="x")
        assert say("{subject} is right for {words}.", subject="y", words=inner).count("⟦") == 2


def test_a_kept_sentence_survives_the_way_to_another_process() -> None:
    kept = pickle.loads(pickle.dumps(sentence("{count} rows", count=3)))
    assert (kept, kept.message, kept.values) == ("3 rows", "{count} rows", {"count": 3})


def test_a_sentence_takes_more_values_when_it_is_said() -> None:
    assert say(sentence("{subject} lacks {name}"), subject="y", name="x") == "y lacks x"
    assert Sentence.of(sentence("{a}{b}", a=1, b=2), {"b": 3}) == "13"


def test_the_language_is_the_courses_and_ends_with_it(tmp_path: Path) -> None:
    with pseudo_course(tmp_path):
        assert language() == LANGUAGE
        assert say("Show a hint") == "⟦Šĥóŵ á ĥíñţ⟧"
        with speaking(ENGLISH):
            assert say("Show a hint") == "Show a hint"
    assert say("Show a hint") == "Show a hint"


def test_the_environment_does_not_choose_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGUAGE", "LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.setenv(name, LANGUAGE)
    assert say("Show a hint") == "Show a hint"
    monkeypatch.setenv("LANGUAGE", "de")
    with pseudo_course(tmp_path):
        assert say("Show a hint") == "⟦Šĥóŵ á ĥíñţ⟧"


def test_what_no_catalogue_has_is_said_in_english(tmp_path: Path) -> None:
    with pseudo_course(tmp_path, catalogue(Other="Anderes")):
        assert say("Show {count} hints", count=2) == "Show 2 hints"
        assert say_count(2, "{count} case", "{count} cases") == "2 cases"
        assert say("") == ""  # under the empty message a catalogue keeps its head
        assert say("Other") == "Anderes"


#: A translation of "{name} has {count:.3g} <b>rows</b>" that cannot stand in its place.
MISTAKES = {
    "another name": "{name} hat {number:.3g} <b>Zeilen</b>",
    "one is missing": "{name} hat <b>Zeilen</b>",
    "one too many": "{name} hat {count:.3g} <b>Zeilen</b> in {file}",
    "by number": "{0} hat {1:.3g} <b>Zeilen</b>",
    "without a name": "{} hat {count:.3g} <b>Zeilen</b>",
    "another form": "{name} hat {count:.9g} <b>Zeilen</b>",
    "as code": "{name!r} hat {count:.3g} <b>Zeilen</b>",
    "an attribute": "{name.__class__} hat {count:.3g} <b>Zeilen</b>",
    "an entry": "{name[0]} hat {count:.3g} <b>Zeilen</b>",
    "a single brace": "{name} hat {count:.3g} <b>Zeilen</b> {",
    "a closing brace": "{name} hat {count:.3g}} <b>Zeilen</b>",
    "a place in a form": "{name} hat {count:{name}} <b>Zeilen</b>",
    "another tag": "{name} hat {count:.3g} <i>Zeilen</i>",
    "a tag more": "{name} hat {count:.3g} <b>Zeilen</b><script>",
    "no tag": "{name} hat {count:.3g} Zeilen",
    "a line more": "{name} hat {count:.3g} <b>Zeilen</b>\n",
}
MESSAGE = "{name} has {count:.3g} <b>rows</b>"


@pytest.mark.parametrize("what", MISTAKES)
def test_a_translation_that_does_not_fit_is_not_said(what: str, tmp_path: Path) -> None:
    assert not fits(MESSAGE, MISTAKES[what])
    with pseudo_course(tmp_path, catalogue(**{MESSAGE: MISTAKES[what]})):
        assert say(MESSAGE, name="x", count=2.0) == "x has 2 <b>rows</b>"


@pytest.mark.parametrize(
    "translation", ["<b>Zeilen</b> von {name}: {count:.3g}", "{count:.3g} <b>Zeilen</b>, {count:.3g} in {name}"]
)
def test_places_may_change_their_order_and_come_twice(translation: str, tmp_path: Path) -> None:
    with pseudo_course(tmp_path, catalogue(**{MESSAGE: translation})):
        assert say(MESSAGE, name="x", count=2.0) == translation.format(name="x", count=2.0)


def test_a_form_for_one_may_leave_the_number_out() -> None:
    assert fits_count("one row of {name}", "{count} rows of {name}", "eine Zeile von {name}")
    assert fits_count("{count} row", "{count} rows", "{count} Zeilen")
    assert not fits_count("{count} row", "{count} rows", "eine Zeile")
    assert not fits_count("one row of {name}", "{count} rows of {name}", "{count} Zeilen")
    assert not fits_count("one row", "{count} rows", "{number} Zeilen")


def test_a_counted_sentence_has_as_many_forms_as_its_language(tmp_path: Path) -> None:
    made = Catalog(locale="pl")
    made.add(("{count} case", "{count} cases"), ("{count} przypadek", "{count} przypadki", "{count} przypadków"))
    file = BytesIO()
    write_mo(file, made)
    with pseudo_course(tmp_path, file.getvalue()):
        said = [say_count(count, "{count} case", "{count} cases") for count in (1, 2, 5, 22)]
    assert said == ["1 przypadek", "2 przypadki", "5 przypadków", "22 przypadki"]


@pytest.mark.parametrize(
    "damage", [b"", b"no catalogue", b"\xde\x12\x04\x95" + 24 * b"\xff", catalogue(a="b")[:40], bytes(28)]
)
def test_a_damaged_catalogue_costs_the_translation_alone(damage: bytes, tmp_path: Path) -> None:
    with pseudo_course(tmp_path, damage):
        assert say("Show a hint") == "Show a hint"


@pytest.mark.parametrize("name", ["../../de", "", "de/../de", "DE", "deutsch", "de_de", "de\n"])
def test_what_names_no_language_opens_no_file(name: str) -> None:
    with speaking(name):
        assert say("Show a hint") == "Show a hint"
