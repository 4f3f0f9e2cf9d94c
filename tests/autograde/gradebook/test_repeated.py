"""Styles of messages in the head of a page: the same to the eye, and nothing of a stranger's gets into the head."""

from __future__ import annotations

import pytest

from autograde.gradebook.repeated import MOST, Styles
from autograde.gradebook.texts import harmless


def test_a_style_that_stands_twice_stands_once() -> None:
    styles = Styles()
    row = '<tr><td style="color:red">1</td><td style="color:red">2</td><td style="color:blue">3</td></tr>'
    assert styles.named(row) == '<tr><td>1</td><td>2</td><td class="m0">3</td></tr>'
    assert styles.named('<div style="color:blue">x</div>') == '<div class="m0">x</div>'
    assert styles.css() == ".shown.message td { color:red }\n.shown.message .m0 { color:blue }"


HOSTILE = [
    "color:red}</style><script>alert(1)</script>",
    "color:red } body { display:none",
    "color:\\75 rl(x)",
    "color:red;/*",
    "color:'",
    "color:url(https://evil.example/x.png)",
    "color:red\u2028;@import x",
]


@pytest.mark.parametrize("style", HOSTILE)
def test_no_style_ends_a_rule_or_a_sheet_or_asks_for_anything(style: str) -> None:
    styles = Styles()
    styles.named(harmless(f'<div style="{style}">x</div><td style="{style}">y</td>'))
    css = styles.css()
    assert css.count("{") == css.count("}") == css.count("shown")
    assert not set("<>\\@/'\"") & set(css)


def test_so_many_styles_and_no_more_are_moved() -> None:
    styles = Styles()
    message = "".join(f'<p style="margin:{place}px">x</p>' for place in range(MOST + 50))
    assert styles.named(message).count(" style=") == 50
    assert styles.css().count("\n") == MOST - 1


@pytest.mark.parametrize("tag", ['<div class="a" style="color:red">', '<a href="x" style="color:red">', "<p>"])
def test_a_tag_that_has_more_than_a_style_stays(tag: str) -> None:
    assert Styles().named(tag) == tag
