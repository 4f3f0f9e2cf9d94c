"""Functions of students handed to pictures: whatever they do, the picture stands, and says what happened."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from machine_room import exercises, explore
from machine_room.explore import gallery
from machine_room.explore.controls import Choice, Slider
from machine_room.explore.explorer import Explorer

Function = Callable[..., Any]

#: The functions that each picture takes; the parameter's name is the function's.
TAKEN = {
    name: tuple(inspect.signature(getattr(explore, name)).parameters)
    for name in sorted(gallery.pictures())
    if inspect.signature(getattr(explore, name)).parameters
}


def bent(answer: Any, bend: Function) -> Any:
    """Return answer with every float in it bent, however deep; whole numbers where there is nothing else."""
    if isinstance(answer, dict):
        return {key: bent(value, bend) for key, value in answer.items()}
    if isinstance(answer, tuple) and all(type(value) is int for value in answer):
        return tuple(bend(float(value)) for value in answer)
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
    "returns nothing": returning(None),
    "returns text": returning("0.5"),
    "takes no arguments": lambda reference: lambda: 1.0,
    "not finite": lambda reference: lambda *a, **k: bent(reference(*a, **k), lambda x: x * np.nan),
}
#: Faults that can be drawn; told or not, they do no harm.
DRAWN: dict[str, Callable[[Function], Function]] = {
    "wrong": lambda reference: lambda *a, **k: bent(reference(*a, **k), lambda x: 0.5 * x + 0.1),
    "huge": lambda reference: lambda *a, **k: bent(reference(*a, **k), lambda x: 1e200 * x),
    "a list": lambda reference: (
        lambda *a, **k: bent(reference(*a, **k), lambda x: x.tolist() if isinstance(x, np.ndarray) else x)
    ),
    "spoils its arguments": spoiling,
    "chatty": chatty,
}


def reference_of(name: str) -> Function:
    return exercises.find(name).reference


def made(name: str, fault: Callable[[Function], Function]) -> Explorer:
    """The picture called name, with a fault in every function that it takes."""
    picture: Explorer = getattr(explore, name)(**{function: fault(reference_of(function)) for function in TAKEN[name]})
    return picture


def with_every_choice(picture: Explorer) -> Iterator[None]:
    """Set the picture to every option of each choice in turn: some functions are drawn for one option only."""
    yield
    choices = [control for control in picture.controls if isinstance(control, Choice)]
    first = {choice.name: choice.start for choice in choices}
    for choice in choices:
        for option in choice.options:
            if option != choice.start:  # which it was set to when it began
                picture.update(**{**first, choice.name: option})
                yield
    if choices:
        picture.update(**first)


def pushed(picture: Explorer) -> None:
    """Move every slider to one end, and draw; a picture that trains is moved once."""
    for control in picture.controls[: 1 if picture.progress else None]:
        if isinstance(control, Slider):
            picture.update(**{control.name: control.high})


@pytest.fixture(params=TAKEN)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("fault", TOLD)
def test_a_function_that_cannot_be_drawn_is_told(name: str, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    picture = made(name, TOLD[fault])
    untold = set(TAKEN[name])
    for _ in with_every_choice(picture):
        assert picture.image[1:4] == b"PNG"
        untold -= {function for function in untold if function in picture.note}
    assert not untold, f"no note names {', '.join(untold)}: {picture.note!r}"
    pushed(picture)
    picture.close()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("fault", DRAWN)
def test_a_function_that_can_be_drawn_does_no_harm(
    name: str, fault: str, capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    picture = made(name, DRAWN[fault])
    assert picture.image[1:4] == b"PNG"
    pushed(picture)
    picture.close()
    assert capsys.readouterr() == ("", "")
    assert [str(warning.message) for warning in recwarn.list] == []


def test_right_functions_are_drawn_without_a_note_and_wrong_ones_look_different(name: str) -> None:
    right, wrong = made(name, lambda reference: lambda *a, **k: reference(*a, **k)), made(name, DRAWN["wrong"])
    different = False
    for _ in with_every_choice(right):
        assert right.note == ""
        if not different:
            wrong.update(**right.values)
            different = right.image != wrong.image
    assert different
    right.close()
    wrong.close()
