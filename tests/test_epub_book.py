"""The EPUB of a book: archive, manifest, spine, cover, style sheet, fonts, own pages."""

from __future__ import annotations

import datetime as dt
import io
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import books
import judges
from briefpress.editions.epub.book import number_pages, render_epub
from briefpress.editions.epub.cover import book_characters, render_cover
from briefpress.editions.epub.model import (
    Book,
    BookFont,
    Chapter,
    EpubEdition,
    EpubInputs,
    make_book,
)
from briefpress.engine.codec import decode_as, encode
from briefpress.epub_check import check_epub
from briefpress.model import Logo
from briefpress.problems import BriefpressError, Span

X = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"
DATE = dt.date(2024, 3, 12)


@cache
def book(lang: str = "en") -> bytes:
    """Return a book of chapters in three languages; in Russian, only the Russian one."""
    chapters = books.three()[1:2] if lang == "ru" else books.three()
    return books.bind(books.as_book(chapters, lang))


def certified() -> Book:
    """Return a book with certified accessibility."""
    made = books.as_book(books.three())
    house = replace(made.press.organisation, certified_by="Example Audit Office")
    return replace(made, press=replace(made.press, organisation=house))


def package(data: bytes) -> Element:
    """Return a book's package document."""
    return fromstring(books.files(data)["EPUB/content.opf"])


def a_hundred() -> Book:
    """Return a book of a hundred briefs."""
    one = books.three()[1]
    many = [
        replace(
            one, slug=f"brief-{n}", href=f"briefs/brief-{n}.xhtml", title=f"Порт {n}"
        )
        for n in range(100)
    ]
    return books.as_book(many)


@pytest.mark.slow
def test_epubcheck_accepts_our_books_and_rejects_a_broken_one(tmp_path: Path) -> None:
    """All books are checked by one Java, because its start costs more than a book."""
    good = {lang: book(lang) for lang in ("en", "fa", "ru")}
    good |= {"certified": books.bind(certified()), "hundred": books.bind(a_hundred())}
    first = books.three()[0]
    broken = replace(
        first, data=first.data.replace(b"<em>measured</em>", b"<font>measured</font>")
    )
    said = judges.epubcheck(
        {**good, "broken": books.bind(books.as_book([broken]))}, tmp_path
    )
    assert any(
        "RSC-005" in line and "river.xhtml" in line for line in said.pop("broken")
    )
    assert said == {name: [] for name in good}


def test_a_book_of_a_hundred_briefs_takes_little_time() -> None:
    hundred = a_hundred()
    fonts = books.fonts_of("plain", book_characters(hundred))
    inputs = EpubInputs(hundred, fonts, render_cover(hundred, fonts), books.EPOCH)
    began = time.process_time()
    data = render_epub(inputs).epub
    assert time.process_time() - began < 1.5
    assert check_epub(data) == ()


@pytest.mark.parametrize("lang", ["en", "fa", "ru"])
def test_our_own_checks_find_no_problem(lang: str) -> None:
    assert check_epub(book(lang)) == ()


def test_the_archive_begins_with_its_type_and_has_one_date_and_one_mode() -> None:
    with zipfile.ZipFile(io.BytesIO(book())) as archive:
        entries = archive.infolist()
    first, *others = [entry.filename for entry in entries]
    assert first == "mimetype"
    assert others == sorted(others)
    assert {entry.date_time for entry in entries} == {(2023, 11, 14, 22, 13, 20)}
    modes = {(entry.external_attr >> 16, entry.create_system) for entry in entries}
    assert modes == {(0o100644, 3)}


def test_only_files_that_are_not_compressed_yet_are_compressed() -> None:
    with zipfile.ZipFile(io.BytesIO(book())) as archive:
        stored = {
            entry.filename.rpartition(".")[2]: entry.compress_type == zipfile.ZIP_STORED
            for entry in archive.infolist()
        }
    assert {name for name, is_stored in stored.items() if is_stored} == {
        "mimetype",
        "png",
        "ttf",
    }
    assert {name for name, is_stored in stored.items() if not is_stored} == {
        "xhtml",
        "opf",
        "ncx",
        "css",
        "xml",
    }


def test_a_date_before_1980_becomes_the_first_date_of_the_zip_format() -> None:
    made = books.as_book(books.three()[1:2])
    early = render_epub(EpubInputs(made, (), b"", epoch=0)).epub
    with zipfile.ZipFile(io.BytesIO(early)) as archive:
        dates = {entry.date_time for entry in archive.infolist()}
    assert dates == {(1980, 1, 1, 0, 0, 0)}
    assert b"1980-01-01T00:00:00Z" in books.files(early)["EPUB/content.opf"]


@pytest.mark.slow
def test_the_same_source_gives_the_same_bytes_on_every_machine(
    tmp_path: Path,
) -> None:
    script = (
        "import sys, hashlib, os; os.umask(0o077); sys.path[:0] = sys.argv[1:3]; import books; "
        "print(hashlib.sha256(books.bind(books.as_book(books.three()))).hexdigest())"
    )
    here = Path(__file__).parent
    said = set()
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Caracas")):
        env = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        command = [sys.executable, "-c", script, str(here), str(here.parent / "src")]
        said.add(
            subprocess.run(
                command,
                cwd=tmp_path,
                env=env,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
    assert len(said) == 1


def test_the_manifest_lists_every_file_with_type_and_properties() -> None:
    found = {
        item.get("href", ""): (item.get("media-type"), item.get("properties"))
        for item in package(book()).iter(f"{OPF}item")
    }
    names = {f"EPUB/{href}" for href in found}
    without_item = {"mimetype", "META-INF/container.xml", "EPUB/content.opf"}
    assert names == set(books.files(book())) - without_item
    xhtml = "application/xhtml+xml"
    assert found["nav.xhtml"] == (xhtml, "nav")
    assert found["toc.ncx"] == ("application/x-dtbncx+xml", None)
    assert found["css/book.css"] == ("text/css", None)
    assert found["pictures/cover.png"] == ("image/png", "cover-image")
    assert found["pictures/river/map.png"] == ("image/png", None)
    assert found["fonts/Amiri-400.ttf"] == ("font/ttf", None)
    assert found["briefs/river.xhtml"] == (xhtml, "mathml svg")
    assert found["briefs/port.xhtml"] == (xhtml, None)


def test_the_spine_has_every_page_in_reading_order() -> None:
    root = package(book())
    spine = [ref.get("idref") for ref in root.iter(f"{OPF}itemref")]
    briefs = ["brief-river", "brief-port", "brief-darya"]
    assert spine == ["cover", "titlepage", "imprint", "contents", *briefs, "about"]
    ids = {item.get("id"): item.get("href") for item in root.iter(f"{OPF}item")}
    assert ids["brief-river"] == "briefs/river.xhtml"
    assert ids["cover"] == "cover.xhtml"
    assert ids["cover-image"] == "pictures/cover.png"
    assert (ids["nav"], ids["ncx"], ids["css"]) == (
        "nav.xhtml",
        "toc.ncx",
        "css/book.css",
    )
    element = root.find(f"{OPF}spine")
    assert element is not None
    assert element.get("toc") == "ncx"
    assert element.get("page-progression-direction") == "ltr"


def test_a_right_to_left_book_has_right_to_left_pages() -> None:
    root = package(book("fa"))
    spine = root.find(f"{OPF}spine")
    assert spine is not None
    assert spine.get("page-progression-direction") == "rtl"
    assert root.get("dir") == "rtl"
    assert (
        fromstring(books.files(book("fa"))["EPUB/contents.xhtml"]).get("dir") == "rtl"
    )


def test_the_cover_has_its_size_and_shows_the_title_in_the_theme_s_fonts() -> None:
    with Image.open(
        io.BytesIO(books.files(book())["EPUB/pictures/cover.png"])
    ) as image:
        assert image.size == (1600, 2400)
        ink = sum(
            1
            for pixel in image.convert("L").resize((160, 240)).tobytes()
            if pixel < 100
        )
    assert ink > 800, "the title is drawn: without fonts it would be missing"


def test_contents_are_by_year_newest_first() -> None:
    contents = fromstring(books.files(book())["EPUB/contents.xhtml"])
    assert [e.text for e in contents.iter(f"{X}h2")] == ["2024", "2023"]
    assert [a.get("href") for a in contents.iter(f"{X}a")] == [
        f"briefs/{s}.xhtml" for s in ("river", "port", "darya")
    ]


def test_the_imprint_names_rights_and_font_licences() -> None:
    text = "".join(fromstring(books.files(book())["EPUB/imprint.xhtml"]).itertext())
    assert "© 2024. All rights reserved." in text
    fallbacks = {"fontpkg-amiri"}  # a brief of the book is in Persian
    packages = {face.package for face in books.theme().fonts if not face.fallback}
    packages |= fallbacks
    assert text.count("SIL Open Font License 1.1.") == len(packages)


def test_fonts_contain_the_letters_of_the_book_at_one_weight() -> None:
    fonts = {
        name: data
        for name, data in books.files(book()).items()
        if name.endswith(".ttf")
    }
    serif = TTFont(io.BytesIO(fonts["EPUB/fonts/SourceSerif4-600.ttf"]))
    assert {ord(char) for char in "Rivers & Порт ОРТ"} <= set(serif.getBestCmap())
    assert "fvar" not in serif
    assert serif["OS/2"].usWeightClass == 600
    assert (
        ord("آ") in TTFont(io.BytesIO(fonts["EPUB/fonts/Amiri-400.ttf"])).getBestCmap()
    )
    assert all(len(data) < 200_000 for data in fonts.values())
    assert (
        TTFont(io.BytesIO(books.files(book("ru"))["EPUB/fonts/SourceSerif4-400.ttf"]))
        .getBestCmap()
        .get(ord("é"))
        is None
    )


def test_fonts_can_be_written_and_read_again() -> None:
    fonts = books.fonts_of("plain", frozenset("abc"))
    assert decode_as(tuple[BookFont, ...], encode(fonts)) == fonts


def test_the_style_sheet_has_no_rules_that_old_readers_misread() -> None:
    css = books.files(book())["EPUB/css/book.css"].decode()
    assert "var(" not in css
    assert "unicode-bidi" not in css
    assert css.count("@font-face") == len(
        [name for name in books.files(book()) if name.endswith(".ttf")]
    )


def without_fonts(book: Book) -> EpubEdition:
    """Return a book as EPUB, quickly: with neither fonts nor a cover."""
    return render_epub(EpubInputs(book, (), b"", books.EPOCH))


def with_title_page(picture: str) -> Book:
    """Return a book whose theme shows a picture on the title page."""
    made = books.as_book(books.three()[1:2])
    page = f"<section><h1>T</h1>{picture}</section>"
    templates = {**made.theme.templates, "plain:titlepage.html.j2": page}
    return replace(
        made,
        theme=replace(
            made.theme, templates=templates, images={"images/mark.png": books.png()}
        ),
    )


def test_a_theme_can_show_its_pictures_and_the_logo_on_the_title_page() -> None:
    pictures = f'<img src="images/mark.png" alt="Mark"/><img src="logo.svg" alt="Logo"/>{books.SVG}'
    made = replace(with_title_page(pictures), pictures={"logo.svg": books.SVG.encode()})
    data = books.bind(made)
    assert {"EPUB/pictures/book/images/mark.png", "EPUB/pictures/book/logo.svg"} <= set(
        books.files(data)
    )
    page = next(
        i
        for i in package(data).iter(f"{OPF}item")
        if i.get("href") == "titlepage.xhtml"
    )
    assert page.get("properties") == "svg"
    assert check_epub(data) == ()


def test_a_missing_picture_of_the_theme_is_an_error() -> None:
    made = without_fonts(with_title_page('<img src="lost.png" alt="x"/>'))
    assert [problem.code for problem in made.problems] == ["E02"]


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ('<image href="/etc/hostname" width="9" height="9"/>', "loads `/etc/hostname`"),
        ('<image href="/etc/data:image/png;base64,AAAA"/>', "loads `/etc/data:image"),
        ("<script>1</script>", "contains <script>"),
        ("<g>", "is not well-formed"),
    ],
)
def test_a_cover_that_cannot_be_drawn_or_loads_files_is_an_error(
    inside: str, reason: str
) -> None:
    made = books.as_book(books.three()[1:2])
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 24">{inside}</svg>'
    theme = replace(
        made.theme, templates={**made.theme.templates, "plain:cover.svg.j2": svg}
    )
    with pytest.raises(BriefpressError) as caught:
        render_cover(replace(made, theme=theme), ())
    (problem,) = caught.value.problems
    assert (problem.code, problem.span) == (
        "E08",
        Span("themes/plain/templates/cover.svg.j2"),
    )
    template = "the template cover.svg.j2 of the theme `plain`"
    assert problem.message.startswith(f"{template} cannot be drawn: it {reason}")


def test_the_cover_shows_the_logo() -> None:
    red = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 3"><path fill="red" d="M0 0h2v3H0z"/></svg>'
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 24">'
        '<image href="{{ press.logo.src }}" width="16" height="24"/></svg>'
    )
    made = books.as_book(books.three()[1:2])
    theme = replace(
        made.theme, templates={**made.theme.templates, "plain:cover.svg.j2": svg}
    )
    press = replace(
        made.press,
        organisation=replace(made.press.organisation, logo="art/red.svg"),
        logos={"art/red.svg": Logo("logos/red.svg", 2, 3)},
    )
    pictures = {"logos/red.svg": red.encode()}
    cover = render_cover(replace(made, theme=theme, press=press, pictures=pictures), ())
    with Image.open(io.BytesIO(cover)) as image:
        assert image.size == (1600, 2400)
        assert image.convert("RGB").getpixel((800, 1200)) == (255, 0, 0)


def test_two_chapters_with_one_file_name_are_an_error() -> None:
    first, second, _ = books.three()
    twin: Chapter = replace(second, slug="River", href="briefs/River.xhtml")
    made = without_fonts(books.as_book([first, twin]))
    assert [(p.code, p.brief) for p in made.problems] == [("E07", "River")]


@given(st.lists(st.integers(1, 40), max_size=12))
def test_page_numbers_of_a_book_are_sums_and_each_brief_begins_on_an_odd_page(
    page_counts: list[int],
) -> None:
    chapters = [
        Chapter("a", "a.xhtml", "A", DATE, pages=tuple(map(str, range(count))))
        for count in page_counts
    ]
    numbered = [
        [int(folio) for folio in chapter.pages] for chapter in number_pages(chapters)
    ]
    assert [len(numbers) for numbers in numbered] == page_counts
    assert all(numbers[0] % 2 == 1 for numbers in numbered)
    in_order = [number for numbers in numbered for number in numbers]
    assert in_order == sorted(set(in_order))
    gaps = [later[0] - earlier[-1] for earlier, later in pairwise(numbered)]
    assert set(gaps) <= {1, 2}, "at most one blank page between two briefs"


def test_a_single_brief_book_has_the_plain_text_of_its_chapter() -> None:
    chapter = replace(books.three()[0], summary="Rivers fell.")
    collection = replace(books.collection(), key="river", title="*Rivers*")
    made = make_book(books.press(), collection, [chapter], books.theme())
    assert made.collection.title == "Rivers & ratios"
    assert made.description == "Rivers fell."
    other = make_book(books.press(), books.collection(), [chapter], books.theme())
    assert other.collection.title == "Environment and Water Program"
