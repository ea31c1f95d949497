"""The PDF edition: notes on the page of their call, links, tags, fonts and bytes."""

from __future__ import annotations

import copy
import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import pikepdf
import pypdfium2 as pdfium
import pytest

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from rendering import BRIEF, CONTEXT, FONTS, PAGE, render, theme_of

from briefpress.document.links import prefix_ids
from briefpress.editions.inputs import AssetFile
from briefpress.editions.pdf.audit import audit_pages, visible_characters
from briefpress.editions.pdf.model import PdfEdition, PdfInputs
from briefpress.editions.pdf.print_tree import PrintTree, build_print_tree
from briefpress.editions.pdf.render import render_pdf
from briefpress.editions.pdf.weasyprint.boxes import read_pages
from briefpress.editions.pdf.weasyprint.pages import lay_out, parse_page, weights_in
from briefpress.model import Document, Note, PageStart
from briefpress.problems import BriefpressError, group_by_cause

CSS = """
@page { size: A5; margin: 15mm; @footnote { border-top: 1pt solid }
  @top-center { content: string(section) } }
html { font: 10pt/1.4 "Source Serif 4" } body { margin: 0 } p { margin: 0 }
.fn { font-size: 8pt } .fn p { orphans: 2; widows: 2 }
h2 { string-set: section content(text); font-style: italic } ul { list-style: disc }
.call { font-size: 70%; vertical-align: super }
"""
SIXTY_WORDS = "one " * 60
LONG = SIXTY_WORDS * 5
NOTE = "<p>A note.</p>"
LONG_NOTE = "<p>" + " ".join(f"w{n}x" for n in range(900)) + "</p>"


def call(number: int, nth: int = 1) -> str:
    """Return a call of a note, as the document writes it."""
    name = f"call-{number}" if nth == 1 else f"call-{number}-{nth}"
    target = f'href="#note-{number}" role="doc-noteref"'
    return f'<a class="call" id="{name}" {target}>{number}</a>'


def document(
    body: str, notes: Sequence[str] = (), calls: tuple[str, ...] | None = None
) -> Document:
    """Return a document; `calls` are the ids of the calls of each note, if several."""
    made = tuple(
        Note(
            label=f"label{number}",
            number=number,
            body=fromstring(f"<div>{text}</div>"),
            calls=calls or (f"call-{number}",),
        )
        for number, text in enumerate(notes, 1)
    )
    root = fromstring(f"<div>{body}</div>")
    return Document("T", "", "en", root, None, (), (), made, (), (), 0)


def rendered(
    made: Document, css: str = "", assets: Mapping[str, AssetFile] | None = None
) -> PdfEdition:
    """Return the PDF of a document in the style of these tests."""
    return render(made, theme_of(CSS + css), assets)


def pages_of(data: bytes) -> list[str]:
    """Return the text of each page."""
    with pdfium.PdfDocument(data) as pdf:
        return [page.get_textpage().get_text_range() for page in pdf]


def test_note_stands_on_the_page_of_its_call() -> None:
    before = "".join(f'<p id="f{n}">{SIXTY_WORDS}</p>' for n in range(7))
    body = f'{before}<p id="b1">Here{call(1)}</p>'
    edition = rendered(document(body, ["<p>There.</p>"]))
    page = next(text for text in pages_of(edition.pdf) if "Here" in text)
    assert "There." in page
    audit = edition.audit
    assert (audit.notes, audit.split, audit.errors) == (1, 0, 0)


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
    "an inline block": "<p id='g'><span style='display:inline-block'>Box{}</span></p>",
    "emphasis": "<p id='e'><em>so{}</em></p>",
    "an absolutely positioned box": (
        "<div style='position:absolute;top:0;right:0'><p id='g'>Apart{}</p></div>"
    ),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_call_may_stand_in(place: str) -> None:
    body = f'<p id="b0">Before.</p>{place.format(call(1))}<p id="b9">After{call(2)}</p>'
    edition = rendered(document(body, ["<p>First note.</p>", "<p>Second note.</p>"]))
    assert edition.problems == ()
    assert edition.audit.errors == 0
    (page,) = pages_of(edition.pdf)
    assert page.index("First note.") < page.index("Second note.")


UNSAFE = {
    "a running element": (
        "h2{position:running(head)} @page{@top-left{content:element(head)}}",
        "<h2 id='u'>Head{}</h2>",
    ),
    "a box of fixed height": (
        ".u{height:12pt;overflow:hidden}",
        f"<div class='u'><p id='u'>{SIXTY_WORDS}{{}}</p></div>",
    ),
    "a grid over two pages": (
        ".u{display:grid;grid-template-columns:1fr 1fr}",
        f"<div class='u'><p id='u'>{LONG}{{}}</p><p id='v'>{LONG}</p></div>",
    ),
    "a paragraph of which the theme shows two lines": (
        ".u p{max-lines:2}",
        f"<div class='u'><p id='u'>{SIXTY_WORDS}{{}}</p></div>",
    ),
}


@pytest.mark.parametrize(("css", "place"), UNSAFE.values(), ids=UNSAFE.keys())
def test_an_unsafe_place_is_repaired_or_refused_with_its_note(
    css: str, place: str
) -> None:
    edition = rendered(document(place.format(call(1)), ["<p>The note.</p>"]), css)
    if edition.pdf:
        assert edition.audit.errors == 0
        pages = pages_of(edition.pdf)
        assert sum("The note." in text for text in pages) == 1
    else:
        places = {problem.about for problem in edition.problems}
        assert "note-1" in places or edition.problems[0].about == "u"


def test_a_place_that_cannot_be_repaired_is_refused_with_its_note() -> None:
    body = f'<p id="b1">Here{call(1)}</p>'
    edition = rendered(document(body, [NOTE]), ".fn p{height:2pt;overflow:hidden}")
    assert edition.pdf == b""
    problems = {(problem.code, problem.about) for problem in edition.problems}
    assert ("P03", "note-1") in problems
    assert 'note "label1"' in edition.problems[0].message


def test_a_repeated_table_head_prints_its_note_once() -> None:
    rows = "".join(f"<tr><td id='r{n}'>row {n}</td></tr>" for n in range(80))
    head = f"<thead><tr><th id='h'>Head{call(1)}</th></tr></thead>"
    body = f"<table>{head}<tbody>{rows}</tbody></table>"
    edition = rendered(document(body, ["<p>Only once.</p>"]))
    pages = pages_of(edition.pdf)
    assert sum("Head" in text for text in pages) > 1
    notes = [text.count("Only once.") for text in pages]
    assert notes == [1] + [0] * (len(pages) - 1)


def test_a_second_call_is_a_link_to_the_first_note() -> None:
    body = f'<p id="b1">One{call(1)} two{call(1, 2)} three{call(1, 3)}</p>'
    calls = ("call-1", "call-1-2", "call-1-3")
    edition = rendered(document(body, ["<p>Once.</p>"], calls))
    assert edition.audit.notes == 1
    assert pages_of(edition.pdf)[0].count("Once.") == 1
    assert link_targets(edition.pdf).count("note-1") == 3


def test_a_note_may_contain_every_kind_of_block() -> None:
    note = (
        "<p>First.</p><p>Second.</p><ul><li>item</li></ul>"
        "<blockquote><p>quoted</p></blockquote>"
        "<table><tbody><tr><td>cell</td></tr></tbody></table>"
        "<pre><code>code()</code></pre>"
        '<p><img src="dot.svg" alt="A dot" width="9" height="9"/></p>'
    )
    dot = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        b'<circle cx="4" cy="4" r="4"/></svg>'
    )
    edition = rendered(
        document(f'<p id="b1">Here{call(1)}</p>', [note]),
        assets={"dot.svg": AssetFile(dot, "image/svg+xml")},
    )
    assert edition.problems == ()
    page = pages_of(edition.pdf)[0]
    for text in ("First.", "Second.", "item", "quoted", "cell", "code()"):
        assert text in page


def test_a_note_that_a_note_calls_follows_it() -> None:
    body = f'<p id="b1">Here{call(1)} and there{call(3)}</p>'
    notes = [f"<p>Outer{call(2)}</p>", "<p>Inner.</p>", "<p>Last.</p>"]
    (page,) = pages_of(rendered(document(body, notes)).pdf)
    assert page.index("Outer") < page.index("Inner.") < page.index("Last.")


def test_a_long_note_continues_on_later_pages() -> None:
    words = " ".join(f"w{n}x" for n in range(1500))
    body = f'<p id="b0">Start{call(1)}</p>'
    body += "".join(f'<p id="f{n}">{SIXTY_WORDS}</p>' for n in range(16))
    edition = rendered(document(body, [f"<p>{words}</p>"]))
    assert edition.problems == ()
    assert edition.audit.split == 1
    pages = pages_of(edition.pdf)
    assert sum(text.count("x ") + text.count("x\r") for text in pages) >= 1490
    for text in pages[:-1]:
        assert text.count("one") > 60, "the text keeps a share of every page"


def test_a_continued_note_stands_below_the_sign_of_the_theme() -> None:
    sign = (
        "fn-sign{display:block;border-top:1pt solid}"
        'fn-sign::before{content:"(continued)"}'
    )
    body = f'<p id="b0">Start{call(1)}</p>'
    edition = rendered(document(body, [LONG_NOTE]), sign)
    assert edition.problems == ()
    pages = pages_of(edition.pdf)
    has_sign = ["(continued)" in text for text in pages]
    assert has_sign == [False] + [True] * (len(pages) - 1)
    assert len(pages) > 1


def test_the_sign_has_the_word_of_the_page_and_is_an_artifact() -> None:
    sign = "fn-sign{display:flex}fn-sign::after{content:attr(data-continued)}"
    body = f'<p id="b0">Start{call(1)}</p>'
    edition = rendered(document(body, [LONG_NOTE]), sign)
    has_sign = ["goes on" in text for text in pages_of(edition.pdf)]
    assert has_sign == [False] + [True] * (len(has_sign) - 1)
    with pikepdf.open(BytesIO(edition.pdf)) as pdf:
        assert has_sign == [has_text_as_artifact(page) for page in pdf.pages]


def has_text_as_artifact(page: pikepdf.Page) -> bool:
    """Whether a page draws text as an artifact, which screen readers leave out."""
    open_tags = []
    for drawn in pikepdf.parse_content_stream(page):
        operator = str(drawn.operator)
        if operator in ("BMC", "BDC"):
            open_tags.append(str(drawn.operands[0]))
        elif operator == "EMC":
            open_tags.pop()
        elif operator in ("Tj", "TJ") and "/Artifact" in open_tags:
            return True
    return False


RED_BOX = "background:linear-gradient(red,red)no-repeat 0 0/20mm 9pt"


@pytest.mark.parametrize(
    "rule", ["border-top:9pt solid red", f"padding-top:9pt;{RED_BOX}"]
)
def test_an_area_with_a_sign_has_no_rule_of_its_own(rule: str) -> None:
    css = f"@page{{@footnote{{{rule}}}}}fn-sign{{display:block}}"
    edition = rendered(document(f'<p id="b0">Start{call(1)}</p>', [LONG_NOTE]), css)
    with pdfium.PdfDocument(edition.pdf) as pdf:
        pictures = [page.render().to_pil().convert("RGB") for page in pdf]
    has_red = []
    for picture in pictures:
        colors = {color for _, color in picture.getcolors(2**20)}
        has_red.append((255, 0, 0) in colors)
    assert has_red == [True] + [False] * (len(has_red) - 1)
    assert len(has_red) > 1


def test_outline_and_running_heads_leave_the_call_out() -> None:
    body = f'<h2 id="h">Water{call(1)}</h2><p id="p">Text.</p>'
    edition = rendered(document(body, [NOTE]), "h2{bookmark-level:1}")
    with pikepdf.open(BytesIO(edition.pdf)) as pdf, pdf.open_outline() as outline:
        assert "Water" in [item.title for item in outline.root]
    assert pages_of(edition.pdf)[0].count("Water1") == 1


def test_call_and_note_are_linked_both_ways() -> None:
    edition = rendered(document(f'<p id="b1">Here{call(1)}</p>', [NOTE]))
    assert sorted(link_targets(edition.pdf)) == ["call-1", "note-1"]
    with pikepdf.open(BytesIO(edition.pdf)) as pdf:
        names = pdf.Root.Names.Dests.Names
        tops = {str(names[i]): float(names[i + 1][3]) for i in range(0, len(names), 2)}
        places = {
            link_target(link): [float(side) for side in link.Rect]
            for link in pdf.pages[0].Annots
        }
    _, bottom, _, top = places["call-1"]  # the link at the number of the note
    assert bottom <= tops["note-1"] <= top + 12
    assert tops["call-1"] > tops["note-1"] + 100


def test_notes_and_calls_are_tagged() -> None:
    head = '<table><thead><tr><th id="t">H</th></tr></thead></table>'
    body = f'<p id="b1">Here{call(1)} <span lang="fr">ici</span></p>{head}'
    edition = rendered(document(body, [NOTE]))
    with pikepdf.open(BytesIO(edition.pdf)) as pdf:
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


def link_target(link: Any) -> str:
    """Return the name that a link leads to."""
    return str(link.get("/Dest", link.get("/A", {}).get("/D", "")))


def link_targets(data: bytes) -> list[str]:
    """Return the names that the links of a PDF lead to."""
    with pikepdf.open(BytesIO(data)) as pdf:
        links = [link for page in pdf.pages for link in page.get("/Annots", [])]
        return [link_target(link) for link in links]


def test_the_document_is_not_changed() -> None:
    made = document(f'<p id="b1">Here{call(1)}</p>', [NOTE])
    before = copy.deepcopy(made)
    rendered(made)
    assert tostring(made.body) == tostring(before.body)
    assert tostring(made.notes[0].body) == tostring(before.notes[0].body)


def test_the_same_document_gives_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = document(f'<p id="b1">Here{call(1)} <em>it</em></p>', [NOTE])
    first = rendered(made).pdf
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "99")
    rendered(document("<p id='b1'>Other.</p>"))
    assert rendered(made).pdf == first
    this_year = str(dt.datetime.now(dt.UTC).year).encode()
    for leak in (b"file:", b"/fonts/", this_year + b"1"):
        assert leak not in first


def test_metadata_comes_from_brief_and_document() -> None:
    context = replace(CONTEXT, brief=replace(BRIEF, lang="fr", tags=("a", "b")))
    made = replace(document("<p id='b'>x</p>"), title="Water")
    edition = render(made, theme_of(CSS), context=context)
    with pikepdf.open(BytesIO(edition.pdf)) as pdf:
        info = pdf.docinfo
        assert str(info.Title) == "Water"
        assert str(info.Author) == "A. Author"
        assert str(info.Keywords) == "a, b"
        assert str(info.CreationDate).startswith("D:20240102")
        assert str(pdf.Root.Lang) == "fr"


def test_characters_without_a_font_give_one_warning_for_each_script() -> None:
    body = f'<p id="b7">Chinese: 能源，能{call(1)}</p><p id="b8">水</p>'
    edition = rendered(document(body, ["<p>A note with ს.</p>"]))
    assert edition.pdf
    han = "4 characters of the script Han have no font: 能, 源, ，, 水; "
    georgian = "1 character of the script Georgian has no font: ს; "
    assert {problem.about: problem.message for problem in edition.problems} == {
        "b7": f"{han}they are printed as boxes",
        "b8": f"{han}they are printed as boxes",
        "note-1": f"{georgian}it is printed as a box",
    }
    assert len(group_by_cause(edition.problems)) == 2, "one message for each script"
    assert {problem.code for problem in edition.problems} == {"P05"}
    assert not any(problem.is_error for problem in edition.problems)
    fixes = [problem.fix for problem in edition.problems]
    assert "run `briefpress fonts add zh-hans`" in fixes[0]
    assert "run `briefpress fonts add ka`" in fixes[-1]


def test_characters_of_related_briefs_only_give_no_warning() -> None:
    related = replace(BRIEF, slug="other", title="能源", lang="zh")
    page = PAGE.replace("<h1>", "<p>能源</p><h1>")
    made = document('<p id="b1">English.</p>')
    context = replace(CONTEXT, related=(related,))
    edition = render_pdf(PdfInputs(context, made, theme_of(CSS, page), {}, {}))
    assert not edition.problems
    assert "能源" in "".join(pages_of(edition.pdf)), (
        "it is printed as boxes all the same"
    )


def test_a_box_is_an_em_wide_and_copied_as_its_character() -> None:
    edition = rendered(document('<p id="b1">x能源 水z</p>'), "p { font-size: 20pt }")
    (text,) = [page.split() for page in pages_of(edition.pdf)]
    assert "x能源" in text
    assert "水z" in text
    with pikepdf.open(BytesIO(edition.pdf)) as pdf:
        spans = [
            instruction.operands[1].ActualText
            for instruction in pikepdf.parse_content_stream(pdf.pages[0])
            if str(instruction.operator) == "BDC"
            and "/ActualText" in instruction.operands[1]
        ]
        (boxes,) = [
            font
            for font in fonts_of(pdf)
            if "Boxes" in str(font.BaseFont) and "/W" in font
        ]
        widths = {int(width) for entry in boxes.W.as_list()[1::2] for width in entry}
    assert "".join(map(str, spans)).replace(" ", "") == "能源水", "no other letter"
    assert widths == {1000, 250}, "boxes, and the space between them"


def test_letters_that_the_layout_makes_are_boxes_too() -> None:
    css = "ol { list-style-type: georgian } .up { text-transform: uppercase }"
    body = '<ol id="l"><li id="b1">One</li></ol><p id="b2" class="up">ß ﬀ</p>'
    edition = rendered(document(body), css)
    assert edition.pdf
    with pikepdf.open(BytesIO(edition.pdf)) as pdf:
        names = [str(each.BaseFont) for each in fonts_of(pdf)]
    assert any("Boxes" in name for name in names)


def fonts_of(pdf: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    """Return the font dictionaries of a PDF."""
    return [
        each
        for each in pdf.objects
        if isinstance(each, pikepdf.Dictionary) and "/BaseFont" in each
    ]


def test_no_font_of_the_machine_is_used() -> None:
    body = "<p id='b'>Plain <code>code</code></p>"
    edition = rendered(document(body), "code{font-family:monospace}")
    with pikepdf.open(BytesIO(edition.pdf)) as pdf:
        names = {str(each.BaseFont) for each in fonts_of(pdf)}
    assert names
    assert all("Source-Serif" in name for name in names)


def test_an_unknown_file_is_refused_with_its_place() -> None:
    image = '<img src="../../etc/passwd" alt="x"/>'
    edition = rendered(document(f'<p id="b3">See {image}</p>'))
    assert edition.pdf == b""
    (problem,) = edition.problems
    assert (problem.code, problem.about) == ("P06", "b3")
    assert "etc/passwd" in problem.message


def test_hyphenated_words_are_complete_for_audit_and_page_map() -> None:
    text = "internationalisation responsibilities " * 150
    body = f'<p id="b1">{text}{call(1)}</p>'
    css = "html{hyphens:auto;text-align:justify}"
    edition = rendered(document(body, [f"<p>{text}</p>"]), css)
    assert edition.problems == ()
    assert edition.audit.pages > 2
    assert edition.page_map.pages == edition.audit.pages


def test_a_page_map_counts_the_first_letter() -> None:
    """A large first letter is a box of its own, but text of its paragraph."""
    text = " ".join(f"word{n}" for n in range(600))
    plain = rendered(document(f'<p id="b1">{text}</p>'))
    large = rendered(document(f'<p id="b1">{text}</p>'), "p::first-letter{color:red}")
    assert large.page_map == plain.page_map
    second = large.page_map.starts[1]
    assert second == PageStart("2", "b1", second.offset)
    assert text[second.offset :].startswith("word")
    assert second.offset > 100


def test_a_template_without_a_slot_is_an_error_of_the_theme() -> None:
    page = "<html><body></body></html>"
    with pytest.raises(BriefpressError, match="data-slot"):
        render(document("<p>x</p>"), theme_of(CSS, page))


def test_the_words_of_the_theme_are_audited_too() -> None:
    lead = f'<div class="lead"><p>{SIXTY_WORDS}</p></div>'
    page = PAGE.replace("<h1>Title</h1>", lead)
    css = CSS + ".lead{max-height:10pt;overflow:hidden}"
    edition = render(document("<p id='b'>x</p>"), theme_of(css, page))
    assert edition.audit.repaired == 1
    assert edition.pdf


def test_visible_characters() -> None:
    assert visible_characters("A b\u00adc\n") == "abc"


def test_weights_of_a_style_sheet() -> None:
    css = "h1{font:600 9pt/1 x} p{font-weight:300}"
    assert weights_in(css) == {300, 400, 600, 700}


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://example.org/html/t/", ["https://example.org/html/t/data/rents.csv"]),
        ("", []),
    ],
)
def test_a_link_to_data_leads_to_the_web_page_that_has_it(
    address: str, found: list[str]
) -> None:
    link = '<a href="data/rents.csv" download="rents.csv">the data</a>'
    context = replace(CONTEXT, links={"html": address})
    body = f'<p id="b1">See {link}.</p>'
    edition = render(document(body), theme_of(CSS), context=context)
    with pikepdf.open(BytesIO(edition.pdf)) as pdf:
        links = [link for page in pdf.pages for link in page.get("/Annots", [])]
        assert [str(link.A.URI) for link in links] == found
        tags = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Link"
        ]
        assert len(tags) == len(found)
    assert "See the data." in pages_of(edition.pdf)[0]


# A bound PDF is to come: tests/test_public_functions.py has more of what is to come.


def joined(first: PrintTree, second: PrintTree) -> PrintTree:
    """Return two print trees as one."""
    body, store = Element("div"), Element("div", {"class": "notes"})
    for tree in (first, second):
        body.extend(child for child in tree.body if child is not tree.store)
        store.extend(child for child in tree.store if child is not first.sign)
    body.append(store)
    notes = {**first.notes, **second.notes}
    nested = first.nested | second.nested
    return PrintTree(body, store, second.sign, notes, nested, body)


def test_two_documents_on_one_page_keep_their_notes_apart() -> None:
    body = f'<p id="b1">Here{call(1)}</p>'
    trees = [
        build_print_tree(prefix_ids(document(body, [f"<p>Note {name}</p>"]), name))
        for name in ("one-", "two-")
    ]
    tree = joined(*trees)
    layout = lay_out(parse_page(PAGE, tree, {}, "en"), CSS, FONTS)
    pages = read_pages(layout.document, tree.notes)
    assert audit_pages(pages, tree, layout.is_hidden).defects == ()
    area = pages[0].area
    assert area is not None
    notes = [note.element.get("id") for note in area.notes]
    assert notes == ["one-note-1", "two-note-1"]
    hrefs = [link.get("href") for link in tree.body.iter("a")]
    assert hrefs == ["#one-note-1", "#two-note-1", "#one-call-1", "#two-call-1"]
