"""What is slipped at, in formulas as students write them: tables of what may stand where something else should.

A row is a change: the words that say what it comes to, and what is computed in its place. In the words, `{a}` and `{b}`
are the operands as they are written, where a student knows the names in them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from machine_room.translation import sentence

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
        sentence("{b} is not added"): first,
        sentence("{a} is not in the sum"): second,
        sentence("a minus in place of the plus before {b}"): operator.sub,
        sentence("* in place of + between {a} and {b}"): operator.mul,
    },
    "Sub": {
        sentence("{b} is not subtracted"): first,
        sentence("{a} is missing before the minus"): second,
        sentence("a plus in place of the minus before {b}"): operator.add,
        sentence("the difference of {a} and {b} has the wrong sign: it is turned round"): _turned(operator.sub),
    },
    "Mult": {
        sentence("the factor {b} is missing"): first,
        sentence("the factor {a} is missing"): second,
        sentence("divided by {b} in place of multiplied"): operator.truediv,
        sentence("+ in place of * between {a} and {b}"): operator.add,
    },
    "Div": {
        sentence("the division by {b} is missing"): first,
        sentence("multiplied by {b} in place of divided"): operator.mul,
        sentence("the quotient of {a} and {b} is turned round"): _turned(operator.truediv),
        sentence("// in place of /, which rounds down"): operator.floordiv,
        sentence("{a} is missing above the division by {b}"): second,
    },
    "FloorDiv": {
        sentence("/ in place of //, so nothing is rounded down"): operator.truediv,
        sentence("the division by {b} is missing"): first,
    },
    "Pow": {
        sentence("the power {b} is missing"): first,
        sentence("* in place of **"): operator.mul,
        sentence("the power has the wrong sign"): lambda a, b: _power(a, -np.asarray(b)),
        sentence("the base and the exponent of a power have changed places"): _turned(_power),
        sentence("the absolute value in place of the power {b}"): lambda a, b: np.abs(a),
    },
    "Mod": {sentence("the remainder (%) is not taken"): first},
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
    sentence("the question {a} is not asked: it always goes as if that were so"): lambda test: True,
    sentence("the question {a} is not asked: it never goes as if that were so"): lambda test: False,
}
BRANCHES: Table = {
    sentence("the two ways of a case distinction have changed places"): lambda c, a, b: np.where(c, b, a),
    sentence("no case distinction: the formula of one case is used everywhere"): lambda c, a, b: a + 0 * np.asarray(b),
    sentence("no case distinction: the formula of the other case is used everywhere"): lambda c, a, b: (
        b + 0 * np.asarray(a)
    ),
}

#: Of `x += y`.
updated: Table = {
    sentence("something is never added up, or not counted"): first,
    sentence("= in place of +=: only the last is kept"): second,
    sentence("-= in place of +="): operator.sub,
}


def _l1(v: Any, *_: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sum(np.abs(v), axis=axis, keepdims=keepdims)


def _squares(v: Any, *_: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sum(np.square(v), axis=axis, keepdims=keepdims)


_SUM: Table = {
    sentence("the mean in place of the sum"): np.mean,
    sentence("the largest in place of the sum"): np.max,
    sentence("no sum"): first,
}
_MEAN: Table = {
    sentence("the sum in place of the mean"): np.sum,
    sentence("the largest in place of the mean"): np.max,
    sentence("the median in place of the mean"): np.median,
    sentence("no mean"): first,
}
_LARGEST: Table = {
    sentence("the mean in place of the largest"): np.mean,
    sentence("the sum in place of the largest"): np.sum,
    sentence("the smallest in place of the largest"): np.min,
}
_SMALLEST: Table = {sentence("the largest in place of the smallest"): np.max}
_LARGER: Table = {
    sentence("the smaller in place of the larger of {a} and {b}"): np.minimum,
    sentence("{a} alone in place of the larger of {a} and {b}: no np.maximum"): first,
    sentence("{b} alone in place of the larger of {a} and {b}"): second,
    sentence("{a} + {b} in place of the larger of the two"): operator.add,
}
_SMALLER: Table = {
    sentence("the larger in place of the smaller of {a} and {b}"): np.maximum,
    sentence("{a} alone in place of the smaller of {a} and {b}"): first,
    sentence("{b} alone in place of the smaller of {a} and {b}"): second,
}

#: By name of a function or a method: what may stand in its place.
FUNCTIONS: Mapping[str, Table] = {
    "sqrt": {sentence("the root is missing"): first, sentence("the square in place of the root"): np.square},
    "square": {sentence("the square is missing"): first, sentence("the absolute value in place of the square"): np.abs},
    "abs": {
        sentence("the absolute value is not taken"): first,
        sentence("the square in place of the absolute value"): np.square,
    },
    "exp": {
        sentence("the exponential is missing"): first,
        sentence("exp of the number with the other sign"): lambda v: np.exp(-np.asarray(v)),
        sentence("exp(...) - 1 in place of exp"): np.expm1,
        sentence("2 to the power in place of exp"): np.exp2,
        sentence("10 to the power in place of exp"): lambda v: 10.0 ** np.asarray(v),
    },
    "expm1": {
        sentence("exp in place of exp - 1: the 1 is not subtracted"): np.exp,
        sentence("the exponential is missing"): first,
    },
    "log": {
        sentence("the logarithm is missing"): first,
        sentence("the logarithm of base 2 in place of the natural one"): np.log2,
        sentence("the logarithm of base 10 in place of the natural one"): np.log10,
        sentence("log(1 + ...) in place of log"): np.log1p,
    },
    "log1p": {
        sentence("log in place of log(1 + ...): the 1 is missing"): np.log,
        sentence("the logarithm of softplus is missing"): first,
        sentence("the logarithm is missing: 1 + ... alone"): lambda v: 1 + v,
        sentence("the logarithm of base 2 in place of the natural one"): lambda v: np.log2(1 + v),
    },
    "tanh": {
        sentence("the tanh is missing"): first,
        sentence("the sigmoid in place of tanh"): _sigmoid,
        sentence("sin in place of tanh"): np.sin,
    },
    "sigmoid": {
        sentence("tanh in place of the sigmoid"): np.tanh,
        sentence("the sigmoid is missing"): first,
        sentence("1 - sigmoid, the sigmoid of the other sign"): lambda v: _sigmoid(-np.asarray(v)),
    },
    "logaddexp": {
        sentence("exp({b}) in place of log(1 + exp({b})): the logarithm is missing"): lambda a, b: np.exp(
            np.minimum(b, 300)
        ),
        sentence("np.maximum in place of log(1 + exp)"): np.maximum,
        sentence("softplus of the wrong sign: log(1 + exp(-...))"): lambda a, b: np.logaddexp(a, -np.asarray(b)),
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
        sentence("the sum of absolute values in place of the length"): _l1,
        sentence("the sum of squares in place of the length: the root is missing"): _squares,
        sentence("the largest in place of the length"): lambda v, *_, **more: np.max(np.abs(v), **more),
    },
    "std": {sentence("the variance in place of the standard deviation"): np.var, sentence("the range"): np.ptp},
    "var": {sentence("the standard deviation in place of the variance"): np.std},
    "sign": {
        sentence("the sign is not taken: the number itself"): first,
        sentence("the absolute value in place of the sign"): np.abs,
    },
    "floor": {sentence("nothing is rounded down"): first},
    "clip": {sentence("nothing is cut off"): first},
    "argmin": {sentence("the place of the largest in place of the smallest"): np.argmax},
    "argmax": {sentence("the place of the smallest in place of the largest"): np.argmin},
    "cos": {sentence("sin in place of cos"): np.sin, sentence("cos of the other phase"): lambda v: -np.cos(v)},
    "prod": {sentence("the sum in place of the product"): np.sum},
    "cumsum": {sentence("no running sum"): first},
    "where": BRANCHES,
    "len": {
        sentence("one more than the number of entries"): lambda v: len(v) + 1,
        sentence("one less than the number of entries"): lambda v: len(v) - 1,
    },
    "int": {sentence("nothing is cut to a whole number"): first},
    "enumerate": {sentence("counted from 1 in place of 0"): lambda v, *_, **__: enumerate(v, 1)},
    "reversed": {sentence("the order is not turned round"): list},
}
