"""Exercise one_change_at_a_time: the rows of an experiment table."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from machine_room import experiments
from machine_room.exercises.exercise import Case, Exercise


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    rate, larger = round(rng.uniform(0.01, 0.1), 3), round(rng.uniform(0.2, 0.9), 2)
    units = int(rng.integers(8, 40))
    baseline: dict[str, Any] = {"learning_rate": rate, "units": units, "momentum": 0.0}
    yield Case("one setting, one value", (baseline, {"learning_rate": [larger]}))
    yield Case("one setting, three values", (baseline, {"units": [2 * units, 3 * units, 4 * units]}))
    yield Case("two settings", (baseline, {"momentum": [0.9], "learning_rate": [larger, 2 * larger]}))
    yield Case("a value that the baseline already has", (baseline, {"units": [units, 2 * units]}))
    equal = rate + 0.0  # another object, as every number is that was computed
    yield Case("a value that is equal, but computed anew", (baseline, {"learning_rate": [equal, larger]}))
    yield Case("a value that another setting has", (baseline, {"momentum": [0.9, rate]}))


one_change_at_a_time = Exercise(reference=experiments.one_change_at_a_time, cases=_cases)


@one_change_at_a_time.mistake(
    "Every experiment starts from the baseline. Yours keeps the changes before it, so that two things have changed."
)
def changes_pile_up(baseline, changes):
    settings, rows = dict(baseline), []
    for name, values in changes.items():
        for value in values:
            if value != baseline[name]:
                settings = {**settings, name: value}
                rows.append(settings)
    return rows


@one_change_at_a_time.mistake(
    "All your rows are one and the same dict, changed again and again. Make a new one for each: dict(baseline)."
)
def one_dict_for_all(baseline, changes):
    settings, rows = dict(baseline), []
    for name, values in changes.items():
        for value in values:
            if value != baseline[name]:
                settings[name] = value
                rows.append(settings)
    return rows


@one_change_at_a_time.mistake("The baseline that you were given is changed. Copy it first: dict(baseline).")
def baseline_changed(baseline, changes):
    rows = []
    for name, values in changes.items():
        for value in values:
            if value != baseline[name]:
                baseline[name] = value
                rows.append(dict(baseline))
    return rows


@one_change_at_a_time.mistake("A value that the baseline already has is no change: leave that row out.")
def baseline_among_them(baseline, changes):
    return [{**baseline, name: value} for name, values in changes.items() for value in values]


@one_change_at_a_time.mistake("Each row needs all settings: the baseline's, with one of them changed.")
def only_what_changes(baseline, changes):
    return [{name: value} for name, values in changes.items() for value in values if value != baseline[name]]


@one_change_at_a_time.mistake("You change all settings together. Change one, and leave the others as in the baseline.")
def all_at_once(baseline, changes):
    most = max(len(values) for values in changes.values())
    rows = [
        {**baseline, **{name: values[min(k, len(values) - 1)] for name, values in changes.items()}} for k in range(most)
    ]
    return [row for row in rows if row != baseline]


@one_change_at_a_time.mistake("Only the first value of each setting is tried: loop over the values too.")
def first_value_only(baseline, changes):
    return [{**baseline, name: values[0]} for name, values in changes.items() if values[0] != baseline[name]]


@one_change_at_a_time.mistake("The setting's value is one of the list, not the whole list: loop over the values too.")
def whole_list(baseline, changes):
    return [{**baseline, name: list(values)} for name, values in changes.items()]


@one_change_at_a_time.mistake("Only the changed settings are asked for; the baseline itself is no row of them.")
def baseline_first(baseline, changes):
    return [dict(baseline)] + [
        {**baseline, name: value} for name, values in changes.items() for value in values if value != baseline[name]
    ]


@one_change_at_a_time.mistake("The last setting of a dict wins: write the baseline first, {**baseline, name: value}.")
def baseline_written_last(baseline, changes):
    return [
        {name: value, **baseline} for name, values in changes.items() for value in values if value != baseline[name]
    ]


@one_change_at_a_time.mistake("Without quotes: {**baseline, name: value}. In quotes it is a new setting called name.")
def name_in_quotes(baseline, changes):
    return [
        {**baseline, "name": value} for name, values in changes.items() for value in values if value != baseline[name]
    ]


@one_change_at_a_time.mistake(
    "The return stands inside the loop, and ends it after the first setting: move it to the left."
)
def returns_too_early(baseline, changes):
    rows = []
    for name, values in changes.items():
        for value in values:
            if value != baseline[name]:
                rows.append({**baseline, name: value})
        return rows


@one_change_at_a_time.mistake(
    "The return stands inside the loops, and ends them after the first value: move it to the left."
)
def returns_at_the_first_value(baseline, changes):
    rows = []
    for name, values in changes.items():
        for value in values:
            if value != baseline[name]:
                rows.append({**baseline, name: value})
            return rows


@one_change_at_a_time.mistake("Keep the order of changes: its first setting comes first.")
def in_the_baseline_s_order(baseline, changes):
    return [
        {**baseline, name: value} for name in baseline for value in changes.get(name, []) if value != baseline[name]
    ]


@one_change_at_a_time.mistake(
    "Compare a value with the baseline's value of the same setting, baseline[name]; another setting may have it."
)
def compared_with_all_settings(baseline, changes):
    return [
        {**baseline, name: value}
        for name, values in changes.items()
        for value in values
        if value not in baseline.values()
    ]


@one_change_at_a_time.mistake(
    "You combine the changes with each other. Change one, and leave the others as in the baseline."
)
def all_combinations(baseline, changes):
    rows = [dict(baseline)]
    for name, values in changes.items():
        rows = [{**row, name: value} for row in rows for value in values]
    return rows


@one_change_at_a_time.mistake(
    "You update the baseline with all lists at once. Loop over changes.items(), and over the values."
)
def updated_with_the_lists(baseline, changes):
    return [{**baseline, **changes}]


@one_change_at_a_time.also_correct
def with_loops(baseline, changes):
    rows = []
    for name in changes:
        for value in changes[name]:
            if baseline[name] != value:
                row = dict(baseline)
                row[name] = value
                rows.append(row)
    return rows


@one_change_at_a_time.also_correct
def with_a_union(baseline, changes):
    rows = [baseline | {name: value} for name, values in changes.items() for value in values]
    return [row for row in rows if row != baseline]


@one_change_at_a_time.mistake(
    "`is not` asks whether two values are one and the same object. Equal numbers need not be: compare with !=."
)
def compared_by_identity(baseline, changes):
    return [
        {**baseline, name: value} for name, values in changes.items() for value in values if value is not baseline[name]
    ]
