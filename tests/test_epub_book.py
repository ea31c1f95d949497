from __future__ import annotations

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
from briefpress.checks.epub import check_epub
from briefpress.editions.epub.book import number_pages, render_epub
from briefpress.editions.epub.cover import book_characters, render_cover
from briefpress.editions.epub.model import (
    Book,
    Chapter,
    EpubEdition,
    EpubInputs,
    dump_fonts,
    load_fonts,
    make_book,
)
from briefpress.model import Author
from briefpress.problems import BriefpressError

X, OPS = "{http://www.w3.org/1999/xhtml}", "{http://www.idpf.org/2007/ops}"
OPF, DC, NCX = (
    "{http://www.idpf.org/2007/opf}",
    "{http://purl.org/dc/elements/1.1/}",
    "{http://www.daisy.org/z3986/2005/ncx/}",
)


@cache
def book(lang: str = "en") -> bytes:
    """Return a book of chapters in three languages; in Russian, of the one Russian chapter."""
    chapters = books.three()[1:2] if lang == "ru" else books.three()
    return books.bind(books.as_book(chapters, lang))


def certified() -> Book:
    """Return a book for whose accessibility somebody answers."""
    made = books.as_book(books.three())
    house = replace(made.press.organisation, certified_by="Example Audit Office")
    return replace(made, press=replace(made.press, organisation=house))


def files(data: bytes) -> dict[str, bytes]:
    """Return the files of a book."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def package(data: bytes) -> Element:
    """Return a book's package document."""
    return fromstring(files(data)["EPUB/content.opf"])


def properties(root: Element) -> dict[str, list[str]]:
    """Return the values of each property of the metadata."""
    found: dict[str, list[str]] = {}
    for meta in root.iter(f"{OPF}meta"):
        name = meta.get("property", meta.get("name", ""))
        found.setdefault(name, []).append(meta.text or meta.get("content") or "")
    return found


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


def test_epubcheck_finds_nothing_and_would_say_so(tmp_path: Path) -> None:
    """One Java reads them all, a broken one too: to start it costs more than to read a book."""
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


def test_a_book_of_a_hundred_briefs_is_bound_in_no_time() -> None:
    hundred = a_hundred()
    fonts = books.fonts_of("plain", book_characters(hundred))
    inputs = EpubInputs(hundred, fonts, render_cover(hundred, fonts), books.EPOCH)
    began = time.process_time()
    data = render_epub(inputs).epub
    assert time.process_time() - began < 1.5
    assert check_epub(data) == ()


@pytest.mark.parametrize("lang", ["en", "fa", "ru"])
def test_our_own_lints_find_nothing(lang: str) -> None:
    assert check_epub(book(lang)) == ()


def test_the_archive_is_told_by_its_first_bytes_and_has_one_date_and_one_mode() -> None:
    with zipfile.ZipFile(io.BytesIO(book())) as archive:
        entries = archive.infolist()
    assert (entries[0].filename, entries[0].compress_type) == (
        "mimetype",
        zipfile.ZIP_STORED,
    )
    assert [e.filename for e in entries[1:]] == sorted(e.filename for e in entries[1:])
    assert {e.date_time for e in entries} == {(2023, 11, 14, 22, 13, 20)}
    assert {(e.external_attr >> 16, e.create_system) for e in entries} == {
        (0o100644, 3)
    }


def test_the_same_source_gives_the_same_bytes_whatever_the_machine(
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


def test_the_nav_has_two_levels_pages_and_landmarks() -> None:
    nav = fromstring(files(book())["EPUB/nav.xhtml"])
    kinds = {n.get(f"{OPS}type"): n for n in nav.iter(f"{X}nav")}
    assert set(kinds) == {"toc", "page-list", "landmarks"}
    lines = [
        ("".join(a.itertext()), a.get("href"), a.get("lang"))
        for a in kinds["toc"].iter(f"{X}a")
    ]
    assert ("Rivers & ratios", "briefs/river.xhtml", None) in lines
    assert ("Порт", "briefs/port.xhtml#port", "ru") in lines
    pages = [
        ("".join(a.itertext()), a.get("href")) for a in kinds["page-list"].iter(f"{X}a")
    ]
    assert [label for label, _ in pages] == [str(n) for n in range(1, 9)]
    assert pages[4] == ("5", "briefs/port.xhtml#page-5")
    marks = [a.get(f"{OPS}type") for a in kinds["landmarks"].iter(f"{X}a")]
    assert marks == [
        "cover",
        "titlepage",
        "copyright-page",
        "toc",
        "backmatter",
        "bodymatter",
    ]


def test_the_ncx_says_what_the_nav_says() -> None:
    ncx = fromstring(files(book())["EPUB/toc.ncx"])
    points = [
        p.findtext(f"{NCX}navLabel/{NCX}text") for p in ncx.iter(f"{NCX}navPoint")
    ]
    assert points[:4] == ["Imprint", "Rivers & ratios", "Water & power", "What to do"]
    assert [t.get("value") for t in ncx.iter(f"{NCX}pageTarget")] == [
        str(n) for n in range(1, 9)
    ]
    uid = next(
        m.get("content") for m in ncx.iter(f"{NCX}meta") if m.get("name") == "dtb:uid"
    )
    assert uid == package(book()).findtext(f".//{DC}identifier")


def test_the_metadata_is_complete() -> None:
    root = package(book())
    said = {
        name: [e.text for e in root.iter(DC + name)]
        for name in ("title", "creator", "language", "subject", "date")
    }
    assert said == {
        "title": ["Environment and Water Program"],
        "creator": ["Aigul Sadykova", "Мария Иванова"],
        "language": ["en", "ru", "fa"],
        "subject": ["water"],
        "date": ["2024-03-12"],
    }
    found = properties(root)
    assert found["file-as"] == ["Sadykova, Aigul", "Иванова, Мария"]
    assert found["role"] == ["aut", "aut", "edt"]
    pdfs = [
        f"https://example.org/pdf/{slug}.pdf" for slug in ("river", "port", "darya")
    ]
    assert ([e.text for e in root.iter(f"{DC}source")], found["pageBreakSource"]) == (
        pdfs,
        ["none"],
    )
    assert (
        found["belongs-to-collection"]
        == found["calibre:series"]
        == ["Example Policy Center"]
    )
    assert found["dcterms:modified"] == ["2023-11-14T22:13:20Z"]
    # Of the metadata nothing may vanish: EbookLib drops what it cannot write, and says so only in a log.
    assert found["schema:accessibilitySummary"][0].startswith("The text can be resized")


def test_a_book_of_one_brief_has_the_pages_of_its_pdf() -> None:
    root = package(books.bind(books.as_book([books.three()[0]])))
    pdf = ["https://example.org/pdf/river.pdf"]
    assert (
        [e.text for e in root.iter(f"{DC}source")],
        properties(root)["pageBreakSource"],
    ) == (pdf, pdf)


def test_accessibility_is_computed_from_the_content() -> None:
    with_picture, plain = properties(package(book())), properties(package(book("ru")))
    assert with_picture["schema:accessMode"] == ["textual", "visual"]
    assert {"MathML", "alternativeText", "pageBreakMarkers"} <= set(
        with_picture["schema:accessibilityFeature"]
    )
    assert plain["schema:accessMode"] == ["textual"]
    assert plain["schema:accessibilitySummary"][0].startswith("Текст можно")
    assert "MathML" not in plain["schema:accessibilityFeature"]
    unnamed = replace(books.three()[0], features=("pictures", "unnamed"))
    assert properties(package(books.bind(books.as_book([unnamed]))))[
        "schema:accessModeSufficient"
    ] == ["textual,visual"]
    assert "dcterms:conformsTo" not in with_picture | plain


def test_conformance_is_claimed_only_when_somebody_answers_for_it() -> None:
    found = properties(package(books.bind(certified())))
    assert found["dcterms:conformsTo"] == ["EPUB Accessibility 1.1 - WCAG 2.1 Level AA"]
    assert found["a11y:certifiedBy"] == ["Example Audit Office"]


def test_a_book_of_many_hands_is_signed_by_the_institute() -> None:
    many = tuple(Author(f"Author {n}", f"{n}, Author") for n in range(12))
    root = package(books.bind(books.as_book([replace(books.three()[0], authors=many)])))
    assert [e.text for e in root.iter(f"{DC}creator")] == ["Example Policy Center"]
    assert len(list(root.iter(f"{DC}contributor"))) == 13


def test_every_file_is_in_the_manifest_and_every_page_in_the_spine() -> None:
    root = package(book())
    hrefs = {f"EPUB/{item.get('href')}" for item in root.iter(f"{OPF}item")}
    assert hrefs == set(files(book())) - {
        "mimetype",
        "META-INF/container.xml",
        "EPUB/content.opf",
    }
    spine = [ref.get("idref") for ref in root.iter(f"{OPF}itemref")]
    briefs = ["brief-river", "brief-port", "brief-darya"]
    assert spine == ["cover", "titlepage", "imprint", "contents", *briefs, "about"]


def test_a_book_from_right_to_left_turns_its_pages_so() -> None:
    root = package(book("fa"))
    spine = root.find(f"{OPF}spine")
    assert spine is not None
    assert spine.get("page-progression-direction") == "rtl"
    assert root.get("dir") == "rtl"
    assert fromstring(files(book("fa"))["EPUB/contents.xhtml"]).get("dir") == "rtl"


def test_the_cover_has_the_size_that_shops_ask_for_and_the_fonts_of_the_theme() -> None:
    with Image.open(io.BytesIO(files(book())["EPUB/pictures/cover.png"])) as image:
        assert image.size == (1600, 2400)
        ink = sum(
            1
            for pixel in image.convert("L").resize((160, 240)).tobytes()
            if pixel < 100
        )
    assert ink > 800, "the title is there: without fonts the rasteriser draws none"


def test_contents_are_by_year_newest_first() -> None:
    contents = fromstring(files(book())["EPUB/contents.xhtml"])
    assert [e.text for e in contents.iter(f"{X}h2")] == ["2024", "2023"]
    assert [a.get("href") for a in contents.iter(f"{X}a")] == [
        f"briefs/{s}.xhtml" for s in ("river", "port", "darya")
    ]


def test_the_imprint_has_rights_and_the_licences_of_the_fonts() -> None:
    text = "".join(fromstring(files(book())["EPUB/imprint.xhtml"]).itertext())
    assert "© 2024. All rights reserved." in text
    packages = {face.package for face in books.theme().fonts}
    assert text.count("SIL Open Font License 1.1.") == len(packages)


def test_fonts_have_the_letters_of_the_book_at_one_weight() -> None:
    fonts = {
        name: data for name, data in files(book()).items() if name.endswith(".ttf")
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
        TTFont(io.BytesIO(files(book("ru"))["EPUB/fonts/SourceSerif4-400.ttf"]))
        .getBestCmap()
        .get(ord("é"))
        is None
    )


def test_fonts_survive_the_store() -> None:
    fonts = books.fonts_of("plain", frozenset("abc"))
    assert load_fonts(dump_fonts(fonts)) == fonts


def test_the_style_sheet_is_one_that_old_readers_understand() -> None:
    css = files(book())["EPUB/css/book.css"].decode()
    assert "var(" not in css
    assert "unicode-bidi" not in css
    assert css.count("@font-face") == len(
        [name for name in files(book()) if name.endswith(".ttf")]
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


def test_a_theme_may_show_its_pictures_and_the_logo_on_the_book_s_own_pages() -> None:
    pictures = f'<img src="images/mark.png" alt="Mark"/><img src="logo.svg" alt="Logo"/>{books.SVG}'
    made = replace(with_title_page(pictures), pictures={"logo.svg": books.SVG.encode()})
    data = books.bind(made)
    assert {"EPUB/pictures/book/images/mark.png", "EPUB/pictures/book/logo.svg"} <= set(
        files(data)
    )
    page = next(
        i
        for i in package(data).iter(f"{OPF}item")
        if i.get("href") == "titlepage.xhtml"
    )
    assert page.get("properties") == "svg"
    assert check_epub(data) == ()


def test_a_picture_that_the_theme_does_not_have_is_said() -> None:
    made = without_fonts(with_title_page('<img src="lost.png" alt="x"/>'))
    assert [problem.code for problem in made.problems] == ["E02"]


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ('<image href="/etc/hostname" width="9" height="9"/>', "outside"),
        ("<script>1</script>", "script"),
        ("<g>", "not well-formed"),
    ],
)
def test_a_cover_that_cannot_be_drawn_or_reaches_out_is_said(
    inside: str, words: str
) -> None:
    made = books.as_book(books.three()[1:2])
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 24">{inside}</svg>'
    theme = replace(
        made.theme, templates={**made.theme.templates, "plain:cover.svg.j2": svg}
    )
    with pytest.raises(BriefpressError) as caught:
        render_cover(replace(made, theme=theme), ())
    assert [p.code for p in caught.value.problems] == ["E08"]
    assert words in str(caught.value)


def test_two_chapters_of_one_name_are_refused() -> None:
    first, second, _ = books.three()
    twin: Chapter = replace(second, slug="River", href="briefs/River.xhtml")
    made = without_fonts(books.as_book([first, twin]))
    assert [(p.code, p.brief) for p in made.problems] == [("E07", "River")]


@given(st.lists(st.integers(1, 40), max_size=12))
def test_page_numbers_of_a_book_are_sums_and_each_brief_begins_on_an_odd_page(
    page_counts: list[int],
) -> None:
    chapters = [
        replace(books.three()[0], data=b"", pages=tuple(map(str, range(count))))
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
