from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import cache

import pytest

import books
from briefpress.epub_check import check_epub
from briefpress.problems import catalogue

Change = Callable[[dict[str, bytes]], None]
RIVER = "EPUB/briefs/river.xhtml"


@cache
def sound() -> bytes:
    """Return a book without problems."""
    return books.bind(books.as_book(books.three()))


def changed(change: Change) -> bytes:
    """Return the book with some of its files changed."""
    with zipfile.ZipFile(io.BytesIO(sound())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def swap(old: str, new: str, name: str = RIVER) -> Change:
    """Return a change that replaces a text, which must be there."""

    def change(files: dict[str, bytes]) -> None:
        assert old.encode() in files[name]
        files[name] = files[name].replace(old.encode(), new.encode())

    return change


def put(name: str, data: bytes) -> Change:
    """Return a change that adds or replaces a file."""
    return lambda files: files.update({name: data})


def first(files: dict[str, bytes]) -> None:
    """Put another file before the media type."""
    kept = dict(files)
    files.clear()
    files.update({"a.txt": b"", **kept})


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("E01", swap("<p id=", "<p<p id=")),
        ("E02", put("EPUB/pictures/river/map.png", b"not a picture")),
        ("E03", put("EPUB/about.xhtml", b'<html xmlns="http://www.w3.org/1999/xhtml" lang="en" dir="ltr"><head>'
                                        b"<title>x</title></head><body><p> </p></body></html>")),
        ("E04", swap('href="port.xhtml"', 'href="port.xhtml#lost"')),
        ("E04", swap('href="briefs/port.xhtml"', 'href="briefs/lost.xhtml"', "EPUB/contents.xhtml")),
        ("E06", swap('id="b2"', 'id="b1"')),
        ("E11", swap("viewBox", "viewbox")),
        ("E11", swap("linearGradient", "lineargradient")),
        ("E11", swap(' xmlns="http://www.w3.org/2000/svg"', "")),
        ("E12", swap("<title>Rivers &amp; ratios</title>", "<title> </title>")),
        ("E12", swap(' dir="ltr" xml:lang="en"><head>', ' xml:lang="en"><head>')),
        ("E13", swap('aria-label="3"', 'aria-label="33"')),
        ("E13", swap('river.xhtml#page-2">2</a>', 'river.xhtml#page-2">3</a>', "EPUB/nav.xhtml")),
        ("E13", swap('src="briefs/river.xhtml#page-2"', 'src="briefs/river.xhtml#page-1"', "EPUB/toc.ncx")),
        ("E14", swap("Basin office, <em>Yearbook</em>, p. 4.", "")),
        ("E14", swap('href="#call-2" role="doc-backlink"', 'href="#call-9" role="doc-backlink"')),
        ("E16", swap('id="b3"', 'id="3b"')),
        ("E17", swap("<body", "<!-- a -- b --><body")),
        ("E18", swap("<body", "<!--" + "x" * 300_000 + "--><body")),
        ("E18", put("EPUB/pictures/river/map.png", books.png(2400, 2400))),
        ("E20", first),
        ("E20", put("EPUB/Nav.xhtml", b'<html xmlns="http://www.w3.org/1999/xhtml"/>')),
        ("E20", lambda files: files.update({"EPUB/content.opf.txt": files.pop("EPUB/content.opf")})),
    ],
)  # fmt: skip
def test_each_defect_of_a_book_has_its_code(code: str, change: Change) -> None:
    assert code in {problem.code for problem in check_epub(changed(change))}


def test_a_font_without_a_licence_is_found() -> None:
    from fontTools.ttLib import TTFont

    def strip(files: dict[str, bytes]) -> None:
        name = next(name for name in files if name.endswith(".ttf"))
        font, out = TTFont(io.BytesIO(files[name])), io.BytesIO()
        font["name"].names = [
            record for record in font["name"].names if record.nameID not in {13, 14}
        ]
        font.save(out)
        files[name] = out.getvalue()

    assert [problem.code for problem in check_epub(changed(strip))] == ["E19"]


def test_problems_of_a_chapter_name_its_brief() -> None:
    problems = check_epub(changed(swap("viewBox", "viewbox")))
    assert {problem.brief for problem in problems} == {"river"}


def test_a_book_without_changes_has_no_problems() -> None:
    assert check_epub(changed(lambda _: None)) == ()


def test_every_code_is_documented() -> None:
    assert {
        f"E{n:02}" for n in (1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 16, 17, 18, 19, 20)
    } <= set(catalogue())
