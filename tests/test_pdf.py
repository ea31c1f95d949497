"""The printed edition: notes at the foot in every place, linked and tagged; fonts, files, bytes and refusals."""

from __future__ import annotations

import copy
import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import pikepdf
import pypdfium2 as pdfium
import pytest

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from press_room import BRIEF, CONTEXT, PAGE, printed, theme_of

from briefpress.editions.inputs import AssetFile
from briefpress.editions.pdf import PdfEdition
from briefpress.editions.pdf.audit import marks
from briefpress.editions.pdf.fonts import weights_in
from briefpress.model import Document, Note
from briefpress.problems import BriefpressError

CSS = (
    "@page{size:A5;margin:15mm;@footnote{border-top:1pt solid}@top-center{content:string(section)}}"
    'html{font:10pt/1.4 "Source Serif 4"} body{margin:0} p{margin:0} .fn{font-size:8pt} .fn p{orphans:2;widows:2}'
    "h2{string-set:section content(text);font-style:italic} ul{list-style:disc}"
    ".call{font-size:70%;vertical-align:super}"
)
ONES = "one " * 60


def call(number: int, nth: int = 1) -> str:
    name = f"call-{number}" + (f"-{nth}" if nth > 1 else "")
    return f'<a class="call" id="{name}" href="#note-{number}" role="doc-noteref">{number}</a>'


def brief(
    body: str, notes: Sequence[str], calls: dict[int, tuple[str, ...]] | None = None
) -> Document:
    """Return a document; `notes` is what each says, `calls` the calls of those that have more than one."""
    made = tuple(
        Note(
            f"label{number}",
            number,
            fromstring(f"<div>{text}</div>"),
            (calls or {}).get(number, (f"call-{number}",)),
        )
        for number, text in enumerate(notes, 1)
    )
    return Document(
        "T", "", "en", fromstring(f"<div>{body}</div>"), None, (), (), made, (), (), 0
    )


def press(document: Document, css: str = "", assets: Any = None) -> PdfEdition:
    return printed(document, theme_of(CSS + css), assets)


def texts(data: bytes) -> list[str]:
    pdf = pdfium.PdfDocument(data)
    said = [page.get_textpage().get_text_range() for page in pdf]
    pdf.close()
    return said


def test_a_note_stands_on_the_page_of_its_call() -> None:
    filler = "".join(f'<p id="f{n}">{ONES}</p>' for n in range(7))
    made = press(brief(f'{filler}<p id="b1">Here{call(1)}</p>', ["<p>There.</p>"]))
    page = next(text for text in texts(made.pdf) if "Here" in text)
    assert "There." in page
    assert (made.audit.notes, made.audit.split, made.audit.errors) == (1, 0, 0)


PLACES = {
    "a heading": "<h2 id='h'>Head{}</h2>",
    "a table cell": "<table><tbody><tr><td id='c'>Cell{}</td></tr></tbody></table>",
    "a caption": "<figure><figcaption><p id='k'>Cap{}</p></figcaption></figure>",
    "a list": "<ul><li id='l'>Item{}</li></ul>",
    "a quotation": "<blockquote><p id='q'>Said{}</p></blockquote>",
    "a definition": "<dl><dt id='t'>Term{}</dt><dd id='d'>Means</dd></dl>",
    "a callout": "<div class='callout'><p id='o'>Case{}</p></div>",
    "a flex box": "<div style='display:flex'><p id='x'>Flex{}</p></div>",
    "a grid": "<div style='display:grid'><p id='g'>Grid{}</p></div>",
    "a float": "<div style='float:right;width:30mm'><p id='g'>Float{}</p></div>",
    "columns": "<div style='columns:2'><p id='g'>Column{}</p></div>",
    "an inline block": "<p id='g'><span style='display:inline-block'>Block{}</span></p>",
    "stress": "<p id='e'><em>so{}</em></p>",
    "a box set apart": "<div style='position:absolute;top:0;right:0'><p id='g'>Apart{}</p></div>",
}


@pytest.mark.parametrize("where", PLACES.values(), ids=PLACES.keys())
def test_a_call_may_stand_in(where: str) -> None:
    body = f'<p id="b0">Before.</p>{where.format(call(1))}<p id="b9">After{call(2)}</p>'
    made = press(brief(body, ["<p>First note.</p>", "<p>Second note.</p>"]))
    assert made.problems == ()
    assert made.audit.errors == 0
    (page,) = texts(made.pdf)
    assert page.index("First note.") < page.index("Second note.")


UNSAFE = {
    "a running element": (
        "h2{position:running(head)} @page{@top-left{content:element(head)}}",
        "<h2 id='u'>Head{}</h2>",
    ),
    "a box of fixed height": (
        ".u{height:12pt;overflow:hidden}",
        f"<div class='u'><p id='u'>{ONES}{{}}</p></div>",
    ),
    "a grid over two pages": (
        ".u{display:grid;grid-template-columns:1fr 1fr}",
        f"<div class='u'><p id='u'>{ONES * 5}{{}}</p><p id='v'>{ONES * 5}</p></div>",
    ),
    "a paragraph of which the theme shows two lines": (
        ".u p{max-lines:2}",
        f"<div class='u'><p id='u'>{ONES}{{}}</p></div>",
    ),
}


@pytest.mark.parametrize(("css", "where"), UNSAFE.values(), ids=UNSAFE.keys())
def test_an_unsafe_place_is_set_plainly_or_refused_with_its_note(
    css: str, where: str
) -> None:
    made = press(brief(where.format(call(1)), ["<p>The note.</p>"]), css)
    if made.pdf:
        assert made.audit.errors == 0
        assert sum("The note." in text for text in texts(made.pdf)) == 1
    else:
        assert (
            "note-1" in {problem.about for problem in made.problems}
            or made.problems[0].about == "u"
        )


def test_a_place_that_cannot_be_mended_is_refused_with_its_note() -> None:
    made = press(
        brief(f'<p id="b1">Here{call(1)}</p>', ["<p>A note.</p>"]),
        ".fn p{height:2pt;overflow:hidden}",
    )
    assert made.pdf == b""
    assert ("P03", "note-1") in {
        (problem.code, problem.about) for problem in made.problems
    }
    assert 'note "label1"' in made.problems[0].message


def test_a_repeated_table_head_prints_its_note_once() -> None:
    rows = "".join(f"<tr><td id='r{n}'>row {n}</td></tr>" for n in range(80))
    body = f"<table><thead><tr><th id='h'>Head{call(1)}</th></tr></thead><tbody>{rows}</tbody></table>"
    made = press(brief(body, ["<p>Only once.</p>"]))
    said = texts(made.pdf)
    assert sum("Head" in text for text in said) > 1
    assert [text.count("Only once.") for text in said] == [1] + [0] * (len(said) - 1)


def test_a_second_call_is_a_link_to_the_first_note() -> None:
    body = f'<p id="b1">One{call(1)} two{call(1, 2)} three{call(1, 3)}</p>'
    made = press(brief(body, ["<p>Once.</p>"], {1: ("call-1", "call-1-2", "call-1-3")}))
    assert made.audit.notes == 1
    assert texts(made.pdf)[0].count("Once.") == 1
    assert _goals(made.pdf).count("note-1") == 3


def test_a_note_may_hold_paragraphs_lists_quotations_tables_code_and_pictures() -> None:
    note = (
        "<p>First.</p><p>Second.</p><ul><li>item</li></ul><blockquote><p>quoted</p></blockquote>"
        "<table><tbody><tr><td>cell</td></tr></tbody></table><pre><code>code()</code></pre>"
        '<p><img src="dot.svg" alt="A dot" width="9" height="9"/></p>'
    )
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="4"/></svg>'
    made = press(
        brief(f'<p id="b1">Here{call(1)}</p>', [note]),
        assets={"dot.svg": AssetFile(svg, "image/svg+xml")},
    )
    assert made.problems == ()
    for said in ("First.", "Second.", "item", "quoted", "cell", "code()"):
        assert said in texts(made.pdf)[0]


def test_a_note_that_a_note_calls_stands_behind_it() -> None:
    body = f'<p id="b1">Here{call(1)} and there{call(3)}</p>'
    made = press(
        brief(body, [f"<p>Outer{call(2)}</p>", "<p>Inner.</p>", "<p>Last.</p>"])
    )
    (page,) = texts(made.pdf)
    assert page.index("Outer") < page.index("Inner.") < page.index("Last.")


def test_a_long_note_goes_on_at_the_foot_of_later_pages() -> None:
    words = " ".join(f"w{n}x" for n in range(3000))
    body = f'<p id="b0">Start{call(1)}</p>' + "".join(
        f'<p id="f{n}">{ONES}</p>' for n in range(30)
    )
    made = press(brief(body, [f"<p>{words}</p>"]))
    assert made.problems == ()
    assert made.audit.split == 1
    said = texts(made.pdf)
    assert sum(text.count("x ") + text.count("x\r") for text in said) >= 2990
    for text in said[:-1]:
        assert text.count("one") > 60, "the body keeps a share of every page"


def test_a_foot_that_goes_on_begins_with_the_sign_of_the_theme() -> None:
    words = " ".join(f"w{n}x" for n in range(900))
    sign = 'fn-sign{display:block;border-top:1pt solid}fn-sign::before{content:"(continued)"}'
    made = press(brief(f'<p id="b0">Start{call(1)}</p>', [f"<p>{words}</p>"]), sign)
    assert made.problems == ()
    said = texts(made.pdf)
    assert [("(continued)" in text) for text in said] == [False] + [True] * (
        len(said) - 1
    )
    assert len(said) > 1


def test_the_sign_says_the_word_of_the_page_and_no_screen_reader_does() -> None:
    words = " ".join(f"w{n}x" for n in range(900))
    sign = "fn-sign{display:flex}fn-sign::after{content:attr(data-continued)}"
    made = press(brief(f'<p id="b0">Start{call(1)}</p>', [f"<p>{words}</p>"]), sign)
    said = texts(made.pdf)
    assert [("goes on" in text) for text in said] == [False] + [True] * (len(said) - 1)
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        assert ["goes on" in text for text in said] == [
            _has_untold_text(page) for page in pdf.pages
        ]


def _has_untold_text(page: pikepdf.Page) -> bool:
    """Whether a page draws text as an artifact, which a screen reader passes over."""
    marks = []
    for drawn in pikepdf.parse_content_stream(page):
        operator = str(drawn.operator)
        if operator in ("BMC", "BDC"):
            marks.append(str(drawn.operands[0]))
        elif operator == "EMC":
            marks.pop()
        elif operator in ("Tj", "TJ") and "/Artifact" in marks:
            return True
    return False


def test_a_foot_that_begins_with_a_sign_has_no_rule_of_its_own() -> None:
    """What `@footnote` draws in red is seen on the page where the note begins, and not where it goes on."""
    note = "<p>" + " ".join(f"w{n}x" for n in range(900)) + "</p>"
    rules = (
        "border-top:9pt solid red",
        "padding-top:9pt;background:linear-gradient(red,red)no-repeat 0 0/20mm 9pt",
    )
    for rule in rules:
        sign = f"@page{{@footnote{{{rule}}}}}fn-sign{{display:block}}"
        made = press(brief(f'<p id="b0">Start{call(1)}</p>', [note]), sign)
        with pdfium.PdfDocument(made.pdf) as pdf:
            pictures = [page.render().to_pil().convert("RGB") for page in pdf]
        seen = [
            (255, 0, 0) in {color for _, color in picture.getcolors(2**20)}
            for picture in pictures
        ]
        assert seen == [True] + [False] * (len(seen) - 1)
        assert len(seen) > 1


def test_outline_and_running_heads_leave_the_call_out() -> None:
    made = press(
        brief(f'<h2 id="h">Water{call(1)}</h2><p id="p">Text.</p>', ["<p>A note.</p>"]),
        "h2{bookmark-level:1}",
    )
    with pikepdf.open(BytesIO(made.pdf)) as pdf, pdf.open_outline() as outline:
        assert "Water" in [item.title for item in outline.root]
    assert texts(made.pdf)[0].count("Water1") == 1


def test_call_and_note_are_linked_both_ways_by_name_and_place() -> None:
    made = press(brief(f'<p id="b1">Here{call(1)}</p>', ["<p>A note.</p>"]))
    assert sorted(_goals(made.pdf)) == ["call-1", "note-1"]
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        names = pdf.Root.Names.Dests.Names
        tops = {str(names[i]): float(names[i + 1][3]) for i in range(0, len(names), 2)}
        links = {
            _goal(link): [float(x) for x in link.Rect] for link in pdf.pages[0].Annots
        }
        _, bottom, _, top = links["call-1"]  # the link at the note's number
        assert bottom <= tops["note-1"] <= top + 12
        assert tops["call-1"] > tops["note-1"] + 100


def test_notes_and_calls_are_tagged() -> None:
    head = '<table><thead><tr><th id="t">H</th></tr></thead></table>'
    body = f'<p id="b1">Here{call(1)} <span lang="fr">ici</span></p>{head}'
    made = press(brief(body, ["<p>A note.</p>"]))
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        tags = [
            each
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary)
            and each.get("/Type") == "/StructElem"
        ]
        by_kind = {str(tag.S): tag for tag in tags}
        assert str(by_kind["/Note"].ID) == "note-1"
        assert str(by_kind["/Lbl"].P.P.S) == "/Note"
        assert str(by_kind["/Reference"].K[0].S) == "/Link"
        assert str(by_kind["/TH"].A.Scope) == "/Column"
        assert "fr" in {str(tag.get("/Lang", "")) for tag in tags}


def _goal(link: Any) -> str:
    return str(link.get("/Dest", link.get("/A", {}).get("/D", "")))


def _goals(data: bytes) -> list[str]:
    with pikepdf.open(BytesIO(data)) as pdf:
        return [_goal(link) for page in pdf.pages for link in page.get("/Annots", [])]


def test_the_document_is_left_as_it_is() -> None:
    document = brief(f'<p id="b1">Here{call(1)}</p>', ["<p>A note.</p>"])
    before = copy.deepcopy(document)
    press(document)
    same: list[tuple[Element, Element]] = [
        (document.body, before.body),
        (document.notes[0].body, before.notes[0].body),
    ]
    assert all(tostring(now) == tostring(then) for now, then in same)


def test_the_same_pages_are_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    document = brief(f'<p id="b1">Here{call(1)} <em>it</em></p>', ["<p>A note.</p>"])
    first = press(document).pdf
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "99")
    press(brief("<p id='b1'>Other.</p>", []))
    assert press(document).pdf == first
    for leak in (
        b"file:",
        b"/fonts/",
        str(dt.datetime.now(dt.UTC).year).encode() + b"1",
    ):
        assert leak not in first


def test_metadata_comes_from_the_particulars() -> None:
    french = replace(BRIEF, lang="fr", tags=("a", "b"))
    document = replace(brief("<p id='b'>x</p>", []), title="Water")
    made = printed(document, theme_of(CSS), context=replace(CONTEXT, brief=french))
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        info = pdf.docinfo
        assert (str(info.Title), str(info.Author), str(info.Keywords)) == (
            "Water",
            "A. Author",
            "a, b",
        )
        assert str(info.CreationDate).startswith("D:20240102")
        assert str(pdf.Root.Lang) == "fr"


def test_a_character_that_the_theme_cannot_set_is_an_error_that_says_where() -> None:
    made = press(brief(f'<p id="b7">Thai: ก{call(1)}</p>', ["<p>A note with ข.</p>"]))
    assert made.pdf == b""
    assert {(problem.code, problem.about) for problem in made.problems} == {
        ("P05", "b7"),
        ("P05", "note-1"),
    }
    assert "U+0E01" in made.problems[0].message


def test_no_font_of_the_machine_is_used() -> None:
    made = press(
        brief("<p id='b'>Plain <code>code</code></p>", []),
        "code{font-family:monospace}",
    )
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        names = {
            str(each.BaseFont)
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and "/BaseFont" in each
        }
    assert names
    assert all("Source-Serif" in name for name in names)


def test_a_file_that_is_not_planned_is_refused_with_its_place() -> None:
    made = press(brief('<p id="b3">See <img src="../../etc/passwd" alt="x"/></p>', []))
    assert made.pdf == b""
    assert [(problem.code, problem.about) for problem in made.problems] == [
        ("P06", "b3")
    ]


def test_hyphenated_words_are_whole_to_guard_and_page_map() -> None:
    text = "internationalisation responsibilities " * 300
    made = press(
        brief(f'<p id="b1">{text}{call(1)}</p>', [f"<p>{text}</p>"]),
        "html{hyphens:auto;text-align:justify}",
    )
    assert made.problems == ()
    assert made.audit.pages > 2
    assert made.page_map.pages == made.audit.pages


def test_a_template_without_a_slot_is_a_fault_of_the_template() -> None:
    with pytest.raises(BriefpressError, match="data-slot"):
        printed(brief("<p>x</p>", []), theme_of(CSS, "<html><body></body></html>"))


def test_the_words_of_the_themes_own_page_are_guarded_too() -> None:
    page = PAGE.replace("<h1>Title</h1>", '<div class="lead"><p>' + ONES + "</p></div>")
    css = CSS + ".lead{max-height:10pt;overflow:hidden}"
    made = printed(brief("<p id='b'>x</p>", []), theme_of(css, page))
    assert made.audit.repaired == 1
    assert made.pdf


def test_marks_and_weights() -> None:
    assert marks("A b\u00adc\n") == "abc"
    assert weights_in("h1{font:600 9pt/1 x} p{font-weight:300}") == {300, 400, 600, 700}


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("https://example.org/html/t/", ["https://example.org/html/t/data/rents.csv"]),
        ("", []),
    ],
)
def test_a_link_to_data_leads_to_the_web_page_that_has_it(
    page: str, found: list[str]
) -> None:
    body = (
        '<p id="b1">See <a href="data/rents.csv" download="rents.csv">the data</a>.</p>'
    )
    context = replace(CONTEXT, links={"html": page})
    made = printed(brief(body, []), theme_of(CSS), context=context)
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        links = [
            link for leaf in pdf.pages for link in leaf.get("/Annots", pikepdf.Array())
        ]
        assert [str(link.A.URI) for link in links] == found
        tags = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Link"
        ]
        assert len(tags) == len(found)
    assert "See the data." in texts(made.pdf)[0]
