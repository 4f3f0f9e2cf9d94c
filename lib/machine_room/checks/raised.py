"""What a function raised, told in a sentence, with what to look at."""

from __future__ import annotations

import re
from collections.abc import Sequence

from machine_room.checks.headers import as_given
from machine_room.checks.observe import Raised
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import say, sentence

__all__ = ["describe_error"]

#: What to say by Python's words, the first that match.
BY_WORDS = (
    (
        "could not be broadcast",
        sentence(
            "Entry by entry, two shapes must be equal, or 1 where they differ: keepdims=True keeps a sum or maximum as "
            "a column."
        ),
    ),
    (
        "truth value of an array",
        sentence(
            "`if`, `and`, `min` and `max` want one number and got an array. np.where, &, np.minimum and np.maximum go "
            "entry by entry; whether something is None you ask with `is None`."
        ),
    ),
    (
        "mismatch in its core dimension|not aligned",
        sentence("Write the shape of every array beside it: in a matrix product the inner two must be equal."),
    ),
    (r"for \^: |ufunc 'bitwise_xor'", sentence("A power is ** in Python: a ** b, not a ^ b.")),
    (  # a list that was used as an array: scores.mean(), scores - mean
        "'list' object has no attribute|unsupported operand type.*'list'",
        sentence(
            "A list is no array: np.asarray(...) makes one of it, and np.mean(...), np.std(...) take it as it is."
        ),
    ),
    (  # more arguments by their place than it takes so
        r"keyword-only argument|takes \d+ positional arguments? but \d+ were given",
        sentence("What stands behind the `*` in a function's first line is passed by name, as in beta=beta."),
    ),
    (  # a value that was called as a function: gradient(theta), 2(x + 1)
        r"'(numpy\.\w+|float|int|tuple|list)' object is not callable",
        sentence("Round brackets behind a name call it as a function, but this is a value: is a `*` missing?"),
    ),
    ("NoneType", sentence("Something is None there: does a function that you call forget its `return`?")),
    (
        "arrays used as indices|are valid indices",
        sentence(
            "An index is a whole number: `for i in range(len(theta))` counts the places, `for i in theta` hands out "
            "the entries."
        ),
    ),
    (
        "not subscriptable",
        sentence("Square brackets take an entry out of an array or a list; a function is called with round ones."),
    ),
)

#: What to say by its type.
BY_TYPE = {
    "SystemExit": sentence("It ends Python (exit, quit or sys.exit): return the result instead."),
    "ModuleNotFoundError": sentence(
        "Your work is graded with Python's own modules, NumPy, Matplotlib, IPython, ipywidgets, what they need, and "
        "what your course names: write it with those."
    ),
    "KeyError": sentence("No entry of the dict has that key: is it spelled right?"),
    "NameError": sentence("Python does not know that name: is it spelled right, and given a value first?"),
    "UnboundLocalError": sentence("A variable is used before it has a value."),
    "NotImplementedError": sentence("A part of it is not written yet."),
    "RecursionError": sentence("It calls itself without end."),
    "ZeroDivisionError": sentence("Something you divide by is 0."),
}


def describe_error(exercise: Exercise, error: Raised, cases: Sequence[Case] = ()) -> str:
    """Return the sentence for what a function raised."""
    if error.type_name == "TypeError" and error.message.startswith(f"{exercise.name}() "):
        header = as_given(
            exercise, tuple(cases)
        )  # Python says which argument does not fit; we, what should stand there
        return say("{error}. Keep the first line as it was given: {line}", error=error.message.rstrip("."), line=header)
    what = f"{error.type_name}: {error.message}" if error.message else error.type_name
    said = say("Your function raised {error}.", error=what.rstrip(". "))
    return " ".join(filter(None, [said, error.where and f"({error.where})", _advice(error)]))


def _advice(error: Raised) -> str:
    words = (advice for words, advice in BY_WORDS if re.search(words, error.message))
    return say(next(words, BY_TYPE.get(error.type_name, "")))
