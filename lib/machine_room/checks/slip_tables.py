"""What is slipped at, in formulas as students write them: tables of what may stand where something else should.

A row is a change: the words that say what it comes to, and what is computed in its place. In the words, `{a}` and `{b}`
are the operands as they are written, where a student knows the names in them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["BRANCHES", "COMPARED", "FUNCTIONS", "OPERATORS", "TESTED", "Table", "first", "second", "updated"]

Table = Mapping[str, Callable[..., Any]]


def first(one: Any, *others: Any, **settings: Any) -> Any:
    """Return the first of several."""
    return one


def second(one: Any, other: Any, *others: Any) -> Any:
    """Return the second of several."""
    return other


def _sigmoid(z: Any) -> Any:
    return 0.5 * (1 + np.tanh(np.asarray(z) / 2))


def _turned(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: function(b, a)


def _power(a: Any, b: Any) -> Any:
    """Of whole numbers, too, a power that cannot grow without end."""
    return np.power(np.asarray(a, float), b)[()]


#: By operator: what may stand in its place.
OPERATORS: Mapping[str, Table] = {
    "Add": {
        "{b} is not added": first,
        "{a} is not in the sum": second,
        "a minus in place of the plus before {b}": operator.sub,
        "* in place of + between {a} and {b}": operator.mul,
    },
    "Sub": {
        "{b} is not subtracted": first,
        "{a} is missing before the minus": second,
        "a plus in place of the minus before {b}": operator.add,
        "the difference of {a} and {b} has the wrong sign: it is turned round": _turned(operator.sub),
    },
    "Mult": {
        "the factor {b} is missing": first,
        "the factor {a} is missing": second,
        "divided by {b} in place of multiplied": operator.truediv,
        "+ in place of * between {a} and {b}": operator.add,
    },
    "Div": {
        "the division by {b} is missing": first,
        "multiplied by {b} in place of divided": operator.mul,
        "the quotient of {a} and {b} is turned round": _turned(operator.truediv),
        "// in place of /, which rounds down": operator.floordiv,
        "{a} is missing above the division by {b}": second,
    },
    "FloorDiv": {
        "/ in place of //, so nothing is rounded down": operator.truediv,
        "the division by {b} is missing": first,
    },
    "Pow": {
        "the power {b} is missing": first,
        "* in place of **": operator.mul,
        "the power has the wrong sign": lambda a, b: _power(a, -np.asarray(b)),
        "the base and the exponent of a power have changed places": _turned(_power),
        "the absolute value in place of the power {b}": lambda a, b: np.abs(a),
    },
    "Mod": {"the remainder (%) is not taken": first},
}

#: Of a comparison.
COMPARED: Mapping[str, tuple[tuple[str, Callable[[Any, Any], Any]], ...]] = {
    "Lt": (("<=", operator.le), (">", operator.gt), (">=", operator.ge)),
    "LtE": (("<", operator.lt), (">=", operator.ge), (">", operator.gt)),
    "Gt": ((">=", operator.ge), ("<", operator.lt), ("<=", operator.le)),
    "GtE": ((">", operator.gt), ("<=", operator.le), ("<", operator.lt)),
    "Eq": (("!=", operator.ne),),
    "NotEq": (("==", operator.eq),),
}

#: Of `if`, and of np.where.
TESTED: Table = {
    "the question {a} is not asked: it always goes as if that were so": lambda test: True,
    "the question {a} is not asked: it never goes as if that were so": lambda test: False,
}
BRANCHES: Table = {
    "the two ways of a case distinction have changed places": lambda c, a, b: np.where(c, b, a),
    "no case distinction: the formula of one case is used everywhere": lambda c, a, b: a + 0 * np.asarray(b),
    "no case distinction: the formula of the other case is used everywhere": lambda c, a, b: b + 0 * np.asarray(a),
}

#: Of `x += y`.
updated: Table = {
    "something is never added up, or not counted": first,
    "= in place of +=: only the last is kept": second,
    "-= in place of +=": operator.sub,
}


def _l1(v: Any, *_: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sum(np.abs(v), axis=axis, keepdims=keepdims)


def _squares(v: Any, *_: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sum(np.square(v), axis=axis, keepdims=keepdims)


_SUM: Table = {"the mean in place of the sum": np.mean, "the largest in place of the sum": np.max, "no sum": first}
_MEAN: Table = {
    "the sum in place of the mean": np.sum,
    "the largest in place of the mean": np.max,
    "the median in place of the mean": np.median,
    "no mean": first,
}
_LARGEST: Table = {
    "the mean in place of the largest": np.mean,
    "the sum in place of the largest": np.sum,
    "the smallest in place of the largest": np.min,
}
_SMALLEST: Table = {"the largest in place of the smallest": np.max}
_LARGER: Table = {
    "the smaller in place of the larger of {a} and {b}": np.minimum,
    "{a} alone in place of the larger of {a} and {b}: no np.maximum": first,
    "{b} alone in place of the larger of {a} and {b}": second,
    "{a} + {b} in place of the larger of the two": operator.add,
}
_SMALLER: Table = {
    "the larger in place of the smaller of {a} and {b}": np.maximum,
    "{a} alone in place of the smaller of {a} and {b}": first,
    "{b} alone in place of the smaller of {a} and {b}": second,
}

#: By name of a function or a method: what may stand in its place.
FUNCTIONS: Mapping[str, Table] = {
    "sqrt": {"the root is missing": first, "the square in place of the root": np.square},
    "square": {"the square is missing": first, "the absolute value in place of the square": np.abs},
    "abs": {"the absolute value is not taken": first, "the square in place of the absolute value": np.square},
    "exp": {
        "the exponential is missing": first,
        "exp of the number with the other sign": lambda v: np.exp(-np.asarray(v)),
        "exp(...) - 1 in place of exp": np.expm1,
        "2 to the power in place of exp": np.exp2,
        "10 to the power in place of exp": lambda v: 10.0 ** np.asarray(v),
    },
    "expm1": {"exp in place of exp - 1: the 1 is not subtracted": np.exp, "the exponential is missing": first},
    "log": {
        "the logarithm is missing": first,
        "the logarithm of base 2 in place of the natural one": np.log2,
        "the logarithm of base 10 in place of the natural one": np.log10,
        "log(1 + ...) in place of log": np.log1p,
    },
    "log1p": {
        "log in place of log(1 + ...): the 1 is missing": np.log,
        "the logarithm of softplus is missing": first,
        "the logarithm is missing: 1 + ... alone": lambda v: 1 + v,
        "the logarithm of base 2 in place of the natural one": lambda v: np.log2(1 + v),
    },
    "tanh": {"the tanh is missing": first, "the sigmoid in place of tanh": _sigmoid, "sin in place of tanh": np.sin},
    "sigmoid": {
        "tanh in place of the sigmoid": np.tanh,
        "the sigmoid is missing": first,
        "1 - sigmoid, the sigmoid of the other sign": lambda v: _sigmoid(-np.asarray(v)),
    },
    "logaddexp": {
        "exp({b}) in place of log(1 + exp({b})): the logarithm is missing": lambda a, b: np.exp(np.minimum(b, 300)),
        "np.maximum in place of log(1 + exp)": np.maximum,
        "softplus of the wrong sign: log(1 + exp(-...))": lambda a, b: np.logaddexp(a, -np.asarray(b)),
    },
    "sum": _SUM,
    "mean": _MEAN,
    "average": _MEAN,
    "max": _LARGEST,
    "amax": _LARGEST,
    "min": _SMALLEST,
    "maximum": _LARGER,
    "minimum": _SMALLER,
    "norm": {
        "the sum of absolute values in place of the length": _l1,
        "the sum of squares in place of the length: the root is missing": _squares,
        "the largest in place of the length": lambda v, *_, **more: np.max(np.abs(v), **more),
    },
    "std": {"the variance in place of the standard deviation": np.var, "the range": np.ptp},
    "var": {"the standard deviation in place of the variance": np.std},
    "sign": {"the sign is not taken: the number itself": first, "the absolute value in place of the sign": np.abs},
    "floor": {"nothing is rounded down": first},
    "clip": {"nothing is cut off": first},
    "argmin": {"the place of the largest in place of the smallest": np.argmax},
    "argmax": {"the place of the smallest in place of the largest": np.argmin},
    "cos": {"sin in place of cos": np.sin, "cos of the other phase": lambda v: -np.cos(v)},
    "prod": {"the sum in place of the product": np.sum},
    "cumsum": {"no running sum": first},
    "where": BRANCHES,
    "len": {
        "one more than the number of entries": lambda v: len(v) + 1,
        "one less than the number of entries": lambda v: len(v) - 1,
    },
    "int": {"nothing is cut to a whole number": first},
    "enumerate": {"counted from 1 in place of 0": lambda v, *_, **__: enumerate(v, 1)},
    "reversed": {"the order is not turned round": list},
}
