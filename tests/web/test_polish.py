"""What is mended on a page after the theme has written it."""

from __future__ import annotations

import pytest

from web.polish import polished

MATH = '<p><math alttext="{}" xmlns="x" display="inline"><mi>m</mi></math></p>'

UNHEARD = MATH.format("m").replace("<p>", '<p aria-hidden="true">')


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('<th class="head"><p></p></th>', "<td></td>"),
        ('<th class="head stub"></th>', "<td></td>"),
        ('<th class="head text-right"><p></p></th>', "<td></td>"),
        ('<th class="head text-right"><p>point</p></th>', '<th class="head text-right"><p>point</p></th>'),
        ('<th class="head"><p>point</p></th>', '<th class="head"><p>point</p></th>'),
        (f'<th class="head">{MATH.format("m")}</th>', f'<th class="head"><span class="unseen">m</span>{UNHEARD}</th>'),
        (
            f'<th class="head">{MATH.format("m")[:-4]} of</p></th>',
            f'<th class="head">{MATH.format("m")[:-4]} of</p></th>',
        ),
        ('<summary><span class="toctree-toggle">', '<summary aria-label="More below"><span class="toctree-toggle">'),
        ("<summary>The answer</summary>", "<summary>The answer</summary>"),
        (
            '<div class="sidebar-primary-item">\n<a class="navbar-brand logo">',
            '<div class="sidebar-primary-item" role="navigation" aria-label="Home">\n<a class="navbar-brand logo">',
        ),
        ('<div class="sidebar-primary-item"><nav>', '<div class="sidebar-primary-item"><nav>'),
    ],
)
def test_what_says_nothing_gets_a_name_and_all_else_stays(page: str, expected: str) -> None:
    assert polished(page) == expected
