"""Pages of a book as files: head, language, type, and the reasons to refuse them."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import books
from briefpress.editions.epub.content_document import check_page, finish_page
from briefpress.editions.epub.model import Resource

PAGE = """\
<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml"{epub} lang="ru" dir="ltr" xml:lang="ru">\
<head><title>A &amp; B</title>\
<link rel="stylesheet" type="text/css" href="css/book.css"/></head><body{kind}>\
{body}</body></html>
"""


def written(body: str, kind: str = "") -> str:
    """Return a page as it is expected in the book."""
    epub = ' xmlns:epub="http://www.idpf.org/2007/ops"' if kind else ""
    kind = f' epub:type="{kind}"' if kind else ""
    return PAGE.format(epub=epub, kind=kind, body=body)


def test_a_page_has_our_head_and_its_type() -> None:
    html = (
        "<html><head id='x'><meta charset='utf-8'></head><body><p>x</p></body></html>"
    )
    page = finish_page(html, "A & B", "ru", "titlepage", {})
    assert page.data.decode() == written("<p>x</p>", "titlepage")
    assert (page.properties, page.pictures, page.problems) == ((), (), ())


def test_a_page_without_type_has_none() -> None:
    page = finish_page("<p>x</p>", "A & B", "ru", "", {})
    assert page.data.decode() == written("<p>x</p>")


def test_a_page_keeps_the_language_that_its_template_gives() -> None:
    page = finish_page(
        "<html lang='fa'><body><p>x</p></body></html>", "A", "ru", "", {}
    )
    assert b' lang="fa" dir="rtl" xml:lang="fa">' in page.data


def test_a_page_declares_its_svg_and_contains_its_pictures() -> None:
    html = f"<p><img src='images/mark.png' alt='M'/>{books.SVG}</p>"
    page = finish_page(html, "A", "ru", "", {"images/mark.png": books.png()})
    picture = Resource("pictures/book/images/mark.png", "image/png", books.png())
    assert page.pictures == (picture,)
    assert b'<img src="pictures/book/images/mark.png" alt="M"/>' in page.data
    assert page.properties == ("svg",)
    assert page.problems == ()


def test_a_missing_picture_and_an_empty_page_are_problems() -> None:
    page = finish_page("<img src='lost.png'>", "A", "ru", "", {})
    assert [problem.code for problem in page.problems] == ["E02"]
    page = finish_page("<p> </p>", "A", "ru", "", {})
    assert [problem.code for problem in page.problems] == ["E03"]


def test_a_page_that_is_not_well_formed_is_a_problem() -> None:
    root = Element("html")
    body = Element("body")
    body.text = "x"
    root.append(body)
    (problem,) = check_page(root, b"<html>")
    message = "the page is not well-formed XHTML: no element found: line 1, column 6"
    assert (problem.code, problem.message) == ("E01", message)


def test_a_control_character_is_found_at_its_element() -> None:
    root = Element("html")
    for name, text in (("b1", "x"), ("b2", "y\x0b"), ("b3", "z\x0c")):
        paragraph = Element("p", {"id": name})
        paragraph.text = text
        root.append(paragraph)
    (problem,) = check_page(root, b"")
    assert problem.about == "b2"
    assert problem.message == "control character U+000B in the text"
