"""Functions of students handed to pictures: whatever they do, the picture stands, and says what happened."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from machine_room import exercises, explore
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer

Function = Callable[..., Any]

#: Every function that some picture takes: the picture's name and the parameter's, which is the function's name.
TAKEN = [
    (name, parameter)
    for name in sorted(explore.HOME)
    for parameter in inspect.signature(getattr(explore, name)).parameters
]


def bent(answer: Any, bend: Function) -> Any:
    """Return answer with every float in it bent, however deep."""
    if isinstance(answer, dict):
        return {key: bent(value, bend) for key, value in answer.items()}
    if isinstance(answer, tuple | list):
        return type(answer)(bent(value, bend) for value in answer)
    return bend(answer) if isinstance(answer, float | np.ndarray | np.floating) else answer


def raising(error: Exception) -> Callable[[Function], Function]:
    def fault(reference: Function) -> Function:
        def function(*args: Any, **keywords: Any) -> Any:
            raise error

        return function

    return fault


def returning(value: Any) -> Callable[[Function], Function]:
    return lambda reference: lambda *args, **keywords: value


def spoiling(reference: Function) -> Function:
    """A function that overwrites what it is given, and answers what is left."""

    def function(*args: Any, **keywords: Any) -> Any:
        answer = reference(*args, **keywords)
        for array in args:
            if isinstance(array, np.ndarray) and array.flags.writeable:
                array[...] = 0
        return answer

    return function


def chatty(reference: Function) -> Function:
    import sys
    import warnings

    def function(*args: Any, **keywords: Any) -> Any:
        print("here")
        warnings.warn("careful", stacklevel=2)
        np.array([1.0]) / np.array([0.0])
        assert sys.stdout is not sys.__stdout__
        return reference(*args, **keywords)

    return function


#: Faults that no picture can draw: each must be told.
TOLD: dict[str, Callable[[Function], Function]] = {
    "not written": raising(NotImplementedError()),
    "raises": raising(ValueError("operands could not be broadcast together with shapes (3,) (2,)")),
    "raises without a word": raising(KeyError()),
    "raises a novel": raising(RuntimeError("word " * 1000)),
    "returns nothing": returning(None),
    "returns text": returning("0.5"),
    "returns a ragged list": returning([1.0, [2.0, 3.0]]),
    "returns another function": returning(len),
    "takes no arguments": lambda reference: lambda: 1.0,
    "not finite": lambda reference: lambda *a, **k: bent(reference(*a, **k), lambda x: x * np.nan),
}
#: Faults that can be drawn; told or not, they do no harm.
DRAWN: dict[str, Callable[[Function], Function]] = {
    "wrong": lambda reference: lambda *a, **k: bent(reference(*a, **k), lambda x: 0.5 * x + 0.1),
    "negative": lambda reference: lambda *a, **k: bent(reference(*a, **k), lambda x: -x),
    "huge": lambda reference: lambda *a, **k: bent(reference(*a, **k), lambda x: 1e200 * x),
    "a list": lambda reference: (
        lambda *a, **k: bent(reference(*a, **k), lambda x: x.tolist() if isinstance(x, np.ndarray) else x)
    ),
    "spoils its arguments": spoiling,
    "chatty": chatty,
}


def reference_of(name: str) -> Function:
    return exercises.find(name).reference


def made(name: str, parameter: str, function: Function) -> Explorer:
    return getattr(explore, name)(**{parameter: function})


def pushed(picture: Explorer) -> None:
    """Move every slider to one end, and draw; a picture that trains is moved once."""
    for control in picture.controls[: 1 if picture.progress else None]:
        if isinstance(control, Slider):
            picture.update(**{control.name: control.high})


@pytest.fixture(params=TAKEN, ids=[f"{name}-{parameter}" for name, parameter in TAKEN])
def taken(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param


@pytest.mark.parametrize("fault", TOLD)
def test_a_function_that_cannot_be_drawn_is_told(
    taken: tuple[str, str], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, parameter = taken
    picture = made(name, parameter, TOLD[fault](reference_of(parameter)))
    assert picture.image[1:4] == b"PNG"
    assert parameter in picture.note, f"the note does not name the function: {picture.note!r}"
    assert max(map(len, picture.note.split("\n"))) < 250
    pushed(picture)
    picture.close()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("fault", DRAWN)
def test_a_function_that_can_be_drawn_does_no_harm(
    taken: tuple[str, str], fault: str, capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    name, parameter = taken
    picture = made(name, parameter, DRAWN[fault](reference_of(parameter)))
    assert picture.image[1:4] == b"PNG"
    pushed(picture)
    picture.close()
    assert capsys.readouterr() == ("", "")
    assert [str(warning.message) for warning in recwarn.list] == []


def test_a_right_function_is_drawn_without_a_note(taken: tuple[str, str]) -> None:
    name, parameter = taken
    reference = reference_of(parameter)
    picture = made(name, parameter, lambda *args, **keywords: reference(*args, **keywords))
    assert picture.note == ""
    picture.close()


def test_a_wrong_function_can_be_told_from_a_right_one_by_the_picture(taken: tuple[str, str]) -> None:
    name, parameter = taken
    reference = reference_of(parameter)
    wrong = made(name, parameter, DRAWN["wrong"](reference))
    right = made(name, parameter, lambda *args, **keywords: reference(*args, **keywords))
    assert wrong.image != right.image
    right.close()
    wrong.close()
