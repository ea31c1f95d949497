from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpress.editions.page_breaks import mark_page_breaks, page_mark
from briefpress.model import PageMap, PageStart
from briefpress.xhtml import MATHML, SVG, inner, to_xhtml

CALL = '<a class="call" id="call-1" href="#note-1" role="doc-noteref">1</a>'


def shown(folio: str) -> Element:
    """Return a mark whose folio is visible in the text."""
    mark = Element("b")
    mark.text = folio
    return mark


def with_marks(body: str, *starts: PageStart) -> str:
    """Return a body with its pages marked."""
    root = fromstring(f"<div>{body}</div>")
    mark_page_breaks(root, PageMap(starts), shown)
    return inner(root)


@pytest.mark.parametrize(
    ("body", "start", "expected"),
    [
        (
            '<p id="b1">One two three.</p>',
            PageStart("2", "b1", 0),
            '<p id="b1">|One two three.</p>',
        ),
        (
            '<p id="b1">One two three.</p>',
            PageStart("2", "b1", 4),
            '<p id="b1">One |two three.</p>',
        ),
        # The space at the end of a line may be counted or not: the mark is at the word.
        (
            '<p id="b1">One two three.</p>',
            PageStart("2", "b1", 3),
            '<p id="b1">One |two three.</p>',
        ),
        (
            '<p id="b1">One\n   two three.</p>',
            PageStart("2", "b1", 4),
            '<p id="b1">One\n   |two three.</p>',
        ),
        (
            '<p id="b1">A <em>b c</em> d</p>',
            PageStart("2", "b1", 4),
            '<p id="b1">A <em>b |c</em> d</p>',
        ),
        (
            '<p id="b1">A <em>b c</em> d</p>',
            PageStart("2", "b1", 6),
            '<p id="b1">A <em>b c</em> |d</p>',
        ),
        (
            f'<p id="b1">A{CALL} d</p>',
            PageStart("2", "b1", 2),
            f'<p id="b1">A{CALL} |d</p>',
        ),
        # A phrase that has an id owns its text.
        (
            '<p id="b1">A <em id="x">b c</em> d</p>',
            PageStart("2", "x", 2),
            '<p id="b1">A <em id="x">b |c</em> d</p>',
        ),
        (
            '<p id="b1">A <em id="x">b c</em> d</p>',
            PageStart("2", "b1", 2),
            '<p id="b1">A <em id="x">b c</em> |d</p>',
        ),
        (
            '<ul><li id="b1">one<ul><li id="b2">two</li></ul></li></ul>',
            PageStart("2", "b2", 0),
            '<ul><li id="b1">one<ul><li id="b2">|two</li></ul></li></ul>',
        ),
        (
            '<table><tr><th id="b1">a</th><td id="b2">b</td></tr></table>',
            PageStart("2", "b1", 0),
            '<table><tr><th id="b1">|a</th><td id="b2">b</td></tr></table>',
        ),
        (
            '<p>x</p><figure id="f"><img/></figure>',
            PageStart("2", "f", 0),
            '<p>x</p><figure id="f">|<img/></figure>',
        ),
        ('<p id="b1">One</p>', PageStart("2", "b1", 9), '<p id="b1">One|</p>'),
        (
            '<p>x <img id="i"/> y</p>',
            PageStart("2", "i", 0),
            '<p>x |<img id="i"/> y</p>',
        ),
        (
            '<p id="b1">x <math><mi>a b</mi></math> y</p>',
            PageStart("2", "b1", 4),
            '<p id="b1">x |<math><mi>a b</mi></math> y</p>',
        ),
        (
            f'<p id="b1">x <math xmlns="{MATHML}"><mi>a b</mi></math> y</p>',
            PageStart("2", "b1", 4),
            f'<p id="b1">x |<math xmlns="{MATHML}"><mi>a b</mi></math> y</p>',
        ),
        # Nobody owns the text of a drawing.
        (
            f'<p id="b1">x <svg xmlns="{SVG}"><text>a b</text></svg> y</p>',
            PageStart("2", "b1", 2),
            f'<p id="b1">x <svg xmlns="{SVG}"><text>a b</text></svg> |y</p>',
        ),
        (
            f'<p>x <svg xmlns="{SVG}" id="i"/> y</p>',
            PageStart("2", "i", 0),
            f'<p>x |<svg xmlns="{SVG}" id="i"/> y</p>',
        ),
        (
            f'<p>x <math xmlns="{MATHML}" id="i"/> y</p>',
            PageStart("2", "i", 0),
            f'<p>x |<math xmlns="{MATHML}" id="i"/> y</p>',
        ),
        ('<p>x</p><hr id="i"/>', PageStart("2", "i", 0), '<p>x</p>|<hr id="i"/>'),
        ('<p>x<br id="i"/>y</p>', PageStart("2", "i", 0), '<p>x|<br id="i"/>y</p>'),
    ],
)
def test_a_mark_is_inserted_before_the_first_word_of_its_page(
    body: str, start: PageStart, expected: str
) -> None:
    assert with_marks(
        body, PageStart("1", "", 0), start
    ) == "<b>1</b>" + expected.replace("|", "<b>2</b>")


def test_many_pages_in_one_paragraph_keep_their_order() -> None:
    starts = [PageStart(str(n), "b1", 2 * n - 4) for n in range(3, 8)]
    body = with_marks(
        '<p id="b1">a b <i>c d</i> e f</p>', PageStart("1", "", 0), *starts
    )
    assert (
        body
        == '<b>1</b><p id="b1">a <b>3</b>b <i><b>4</b>c <b>5</b>d</i> <b>6</b>e <b>7</b>f</p>'
    )


def test_a_page_without_any_of_the_body_is_marked_at_the_next_page_or_the_end() -> None:
    starts = [
        PageStart("1", "", 0),
        PageStart("2", "b1", 0),
        PageStart("3", "", 0),
        PageStart("4", "b1", 2),
    ]
    body = with_marks(
        '<p id="b1">a b</p>', *starts, PageStart("5", "", 0), PageStart("6", "", 0)
    )
    assert body == '<b>1</b><p id="b1"><b>2</b>a <b>3</b><b>4</b>b</p><b>5</b><b>6</b>'


def test_pages_that_begin_at_a_picture_keep_their_order() -> None:
    starts = [
        PageStart("1", "", 0),
        PageStart("2", "i", 0),
        PageStart("3", "", 0),
        PageStart("4", "i", 0),
    ]
    body = with_marks('<p>x <img id="i"/></p>', *starts)
    assert body == '<b>1</b><p>x <b>2</b><b>3</b><b>4</b><img id="i"/></p>'


def test_the_first_pages_are_marked_before_the_title() -> None:
    root = fromstring('<section><h1>T</h1><div><p id="b1">a b</p></div></section>')
    starts = (PageStart("1", "", 0), PageStart("2", "", 0), PageStart("3", "b1", 2))
    mark_page_breaks(root[1], PageMap(starts), shown, before_body=root)
    assert (
        inner(root) == '<b>1</b><b>2</b><h1>T</h1><div><p id="b1">a <b>3</b>b</p></div>'
    )


def test_the_last_pages_are_marked_after_the_body() -> None:
    root = fromstring(
        '<section><div><p id="b1">a b</p></div><footer><p>c</p></footer></section>'
    )
    starts = (PageStart("1", "", 0), PageStart("2", "b1", 2), PageStart("3", "", 0))
    mark_page_breaks(root[0], PageMap(starts), shown, after_body=root[1])
    assert inner(root) == (
        '<div><b>1</b><p id="b1">a <b>2</b>b</p></div><footer><b>3</b><p>c</p></footer>'
    )


def test_a_page_mark_has_id_role_and_label() -> None:
    assert to_xhtml(page_mark("3")) == (
        '<span class="page" id="page-3" role="doc-pagebreak" aria-label="3"></span>'
    )


PARTS = st.sampled_from(["a", "bb", " ", "\n", "<i>c d</i>", "<i id='x'>e</i>", CALL])


@given(
    st.lists(st.lists(PARTS, max_size=8), max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), max_size=6),
)
def test_marks_keep_the_text_and_the_order_of_pages(
    paragraphs: list[list[str]], places: list[tuple[int, int]]
) -> None:
    body = "".join(
        f'<p id="p{n}">{"".join(parts)}</p>' for n, parts in enumerate(paragraphs)
    )
    root = fromstring(f"<div>{body}</div>")
    before = "".join(root.itertext())
    starts = [
        PageStart(str(n), f"p{at}", offset)
        for n, (at, offset) in enumerate(sorted(places), 1)
    ]
    mark_page_breaks(
        root, PageMap(tuple(starts)), lambda name: Element("mark", {"id": name})
    )
    assert "".join(root.itertext()) == before
    assert [mark.get("id") for mark in root.iter("mark")] == [
        start.folio for start in starts
    ]
