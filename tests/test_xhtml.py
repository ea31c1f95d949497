"""Trees to text and back, and changes of a tree."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from briefpress.xhtml import (
    SVG,
    elements_by_id,
    inner,
    parse_fragment,
    parse_xhtml,
    remove,
    replace,
    text_of,
    to_html,
    to_xhtml,
    unwrap,
)

XLINK = "http://www.w3.org/1999/xlink"


@pytest.mark.parametrize(
    ("html", "xhtml"),
    [
        ("<p>a<br>b", "<div><p>a<br/>b</p></div>"),
        ("<p>a &amp; b &nbsp; &lt;", "<div><p>a &amp; b \xa0 &lt;</p></div>"),
        ("<!-- gone --><p>kept<!-- gone --> too", "<div><p>kept too</p></div>"),
        (
            '<svg viewBox="0 0 1 1"><use xlink:href="#a"></use></svg>',
            f'<div xmlns:xlink="{XLINK}"><svg xmlns="{SVG}" viewBox="0 0 1 1"><use xlink:href="#a"/></svg></div>',
        ),
        (
            "<math><mi>x</mi></math>",
            '<div><math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math></div>',
        ),
        (
            '<p epub:type="pagebreak">',
            '<div xmlns:epub="http://www.idpf.org/2007/ops"><p epub:type="pagebreak"></p></div>',
        ),
    ],
)
def test_html_becomes_xhtml_that_can_be_parsed_again(html: str, xhtml: str) -> None:
    assert to_xhtml(parse_fragment(html)) == xhtml
    assert to_xhtml(parse_xhtml(xhtml)) == xhtml


def test_html_has_no_slashes_and_no_escapes_in_style_sheets() -> None:
    tree = parse_fragment(
        '<style>a > b {}</style><img src="a" alt="&quot;"><span></span>'
    )
    assert (
        inner(tree, to_html)
        == '<style>a > b {}</style><img src="a" alt="&quot;"><span></span>'
    )


def test_a_deep_tree_can_be_written() -> None:
    root = leaf = Element("div")
    for _ in range(20_000):
        inside = Element("div")
        leaf.append(inside)
        leaf = inside
    assert to_xhtml(root).count("<div>") == 20_001
    assert text_of(root) == ""


def test_changes_keep_the_text_around_an_element() -> None:
    tree = parse_xhtml('<p>a<b id="x">b<i>c</i>d</b>e<u id="y"/>f</p>')
    unwrap(tree, elements_by_id(tree)["x"])
    assert to_xhtml(tree) == '<p>ab<i>c</i>de<u id="y"></u>f</p>'
    replace(tree, elements_by_id(tree)["y"], Element("br"))
    assert to_xhtml(tree) == "<p>ab<i>c</i>de<br/>f</p>"
    remove(tree, tree[1])
    assert to_xhtml(tree) == "<p>ab<i>c</i>def</p>"
