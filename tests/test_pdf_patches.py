"""What is wrong in WeasyPrint 70.0, and right with our patches; that each is needed.

If one of the first tests fails, WeasyPrint has been repaired: remove the patch.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring

import pikepdf
import pypdfium2
import pytest
import weasyprint

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from float_footnotes import float_footnotes
from pdf_words import check_pdf
from random_briefs import BriefWriter, RandomBrief
from rendering import render, render_and_check, theme_of

from briefpress.editions.inputs import AssetFile
from briefpress.editions.pdf.model import PdfEdition
from briefpress.editions.pdf.weasyprint import VERSION, pages, patches
from briefpress.model import Document, Note

README = Path(patches.__file__).with_name("README.md")
BASE = """
@page { size: A5; margin: 18mm; @footnote { border-top: 1px solid } }
html { font: 10pt/1.35 "Source Serif 4" } body { margin: 0 }
p { margin: 0 0 4pt; orphans: 3; widows: 3 } .fn { font-size: 8pt }
.call { font-size: 70% }
"""


def paragraphs(
    css: str, notes: int, lengths: tuple[int, int], *, grid: bool = False
) -> RandomBrief:
    """Return paragraphs of 60 to 100 words with one note each, perhaps in a grid."""
    dice = random.Random(3)  # noqa: S311 - to be the same again
    writer = BriefWriter(dice, notes, nested=False)
    writer.length = lambda: dice.randint(*lengths)
    body = Element("div")
    parent = SubElement(body, "div", {"class": "grid"}) if grid else body
    while len(writer.notes) < notes:
        paragraph = SubElement(parent, "p", id=writer.next_id())
        writer.prose(paragraph, dice.randint(60, 100), 1, writer.body)
    return RandomBrief(
        document=writer.document(body),
        css=BASE + css,
        body=writer.body,
        repeated=set(),
        notes=writer.note_words,
        called_after=writer.called_after,
        called_in=writer.called_in,
    )


COLUMNS = ".body { columns: 2 }"
GRID = ".grid { display: grid; grid-template-columns: 1fr 1fr; gap: 4mm }"
SLOW = pytest.mark.slow
DEFECTS = [
    # `_linebox_layout` breaks a page before the notes of the line are laid out, or
    # reports them to the next page.
    pytest.param(paragraphs("", 60, (5, 60)), "begun on page", id="late note"),
    # A note that does not fit moves to the next page. One taller than a page is drawn
    # above its top.
    pytest.param(paragraphs("", 2, (900, 900)), "clipped", id="tall note"),
    # `columns_layout` places notes while it balances, and reports those above a height
    # that it has guessed.
    pytest.param(
        paragraphs(COLUMNS, 10, (40, 200)), "begun on page", id="columns", marks=SLOW
    ),
    # A grid is laid out in full before it is broken over pages.
    pytest.param(
        paragraphs(GRID, 12, (5, 30), grid=True), "on page", id="grid", marks=SLOW
    ),
]


@pytest.mark.slow  # it depends on WeasyPrint alone
@pytest.mark.parametrize(("brief", "defect"), DEFECTS)
def test_weasyprint_alone_has_defect(brief: RandomBrief, defect: str) -> None:
    document = float_footnotes(brief.document, brief.css)
    wrong = check_pdf(document.write_pdf(), brief)
    assert any(defect in line for line in wrong), (
        "WeasyPrint is right: remove the patch"
    )


@pytest.mark.parametrize(("brief", "defect"), DEFECTS)
def test_patched_weasyprint_does_not_have_defect(
    brief: RandomBrief, defect: str
) -> None:
    edition, wrong = render_and_check(brief)
    assert wrong == [], defect
    assert edition.audit.errors == 0
    if "grid" not in brief.css:
        assert edition.audit.repaired == 0, "a repaired block has lost its own layout"


def test_second_pagination_keeps_notes() -> None:
    """With `target-counter()` WeasyPrint paginates twice, and keeps pages."""
    numbers = "p::before { content: 'p. ' target-counter(url(#b16), page) ' ' }"
    css = numbers + ".fn p { orphans: 2; widows: 2 }"
    _, wrong = render_and_check(paragraphs(css, 16, (30, 90)))
    assert wrong == []


def test_patches_are_for_one_version() -> None:
    assert weasyprint.__version__ == VERSION


def test_weasyprint_is_restored() -> None:
    def values() -> dict[str, Any]:
        return {each.target: vars(each.owner)[each.name] for each in patches.PATCHES}

    before = values()
    with patches.patched():
        assert all(value is not before[name] for name, value in values().items())
    assert values() == before


def test_readme_lists_every_patch_and_its_test() -> None:
    text = README.read_text("utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \|.*`(\w+)` \|$", text, re.MULTILINE)
    targets = {each.target for each in patches.PATCHES}
    layout = "weasyprint.layout."
    importers = {name for name in targets if name.endswith(".resolve_percentages")}
    assert all(name.startswith(layout) for name in importers)
    expected = (targets - importers) | {"weasyprint.layout.percent.resolve_percentages"}
    assert {target for target, _ in rows} == expected
    tests = "".join(
        path.read_text("utf-8") for path in Path(__file__).parent.glob("*.py")
    )
    assert [name for _, name in rows if f"def {name}(" not in tests] == []


# Each patch is needed: a document that is right with it and wrong without it.

LONG = " ".join(f"w{n}x" for n in range(900))
CALL = '<a class="call" id="call-1" href="#note-1" role="doc-noteref">1</a>'


def one_note(body: str, note: str = "<p>A note.</p>") -> Document:
    """Return a document with one note."""
    notes = (Note("label", 1, fromstring(f"<div>{note}</div>"), ("call-1",)),)
    root = fromstring(f"<div>{body}</div>")
    return Document("T", "", "en", root, None, (), (), notes, (), (), 0)


def text_of_pages(edition: PdfEdition) -> list[str]:
    with pypdfium2.PdfDocument(edition.pdf) as pdf:
        return [page.get_textpage().get_text_range() for page in pdf]


def tags_of(edition: PdfEdition) -> dict[str, str]:
    """Return the names of the tags of a PDF, each with the last id."""
    with pikepdf.open(BytesIO(edition.pdf)) as pdf:
        tags = [each for each in pdf.objects if isinstance(each, pikepdf.Dictionary)]
        return {
            str(tag.S): str(tag.get("/ID", ""))
            for tag in tags
            if tag.get("/Type") == "/StructElem"
        }


def has_artifact(edition: PdfEdition) -> bool:
    """Whether a page draws something as an artifact."""
    with pikepdf.open(BytesIO(edition.pdf)) as pdf:
        instructions = [
            each for page in pdf.pages for each in pikepdf.parse_content_stream(page)
        ]
        return any(str(each.operator) == "BMC" for each in instructions)


def has_note_on_page() -> bool:
    edition = render(one_note(f'<p id="b">Here{CALL}</p>'), theme_of(BASE))
    return edition.audit.repaired == 0 and "A note." in text_of_pages(edition)[0]


def has_long_note() -> bool:
    document = one_note(f'<p id="b">Here{CALL}</p>', f"<p>{LONG}</p>")
    edition = render(document, theme_of(BASE))
    return edition.audit.errors == 0 and edition.audit.split == 1


def has_notes_of_columns() -> bool:
    edition, wrong = render_and_check(paragraphs(COLUMNS, 8, (40, 200)))
    return wrong == [] and edition.audit.repaired == 0


def has_running_head_without_call() -> bool:
    head = "h2 { string-set: head content(text) }"
    head += "@page { @top-left { content: string(head) } }"
    document = one_note(f'<h2 id="h">Water{CALL}</h2><p id="b">Text.</p>')
    text = text_of_pages(render(document, theme_of(BASE + head)))[0]
    return text.count("Water1") == 1


def has_note_tags() -> bool:
    tags = tags_of(render(one_note(f'<p id="b">Here{CALL}</p>'), theme_of(BASE)))
    return {"/Note", "/Reference", "/Lbl"} <= tags.keys()


def has_note_id() -> bool:
    tags = tags_of(render(one_note(f'<p id="b">Here{CALL}</p>'), theme_of(BASE)))
    return tags["/Note"] == "note-1"


def has_running_head_as_artifact() -> bool:
    head = "@page { @top-left { content: 'Head' } }"
    return has_artifact(render(one_note("<p>Text.</p>"), theme_of(BASE + head)))


def has_actual_text() -> bool:
    edition = render(one_note('<p id="b">A 水.</p>'), theme_of(BASE))
    with pikepdf.open(BytesIO(edition.pdf)) as pdf:
        content = b"".join(page.Contents.read_bytes() for page in pdf.pages)
    return b"/ActualText" in content


def has_text_above_its_outline() -> bool:
    text = '<text x="45" y="60" text-anchor="middle" font-size="60">M</text>'
    style = 'paint-order="stroke" stroke="white" stroke-width="20"'
    namespace = "http://www.w3.org/2000/svg"
    svg = f'<svg xmlns="{namespace}" viewBox="0 0 90 90"><g {style}>{text}</g></svg>'
    assets = {"a.svg": AssetFile(svg.encode(), "image/svg+xml")}
    body = '<p id="b"><img src="a.svg" alt="A" style="width:100%"/></p>'
    document = replace(one_note(body), notes=())
    with pypdfium2.PdfDocument(render(document, theme_of(BASE), assets).pdf) as pdf:
        page = pdf[0].render(scale=0.5).to_pil().convert("L")
    below_title = page.crop((0, page.height // 3, page.width, page.height))
    return int(min(below_title.tobytes())) < 60


NEEDED: dict[str, Callable[[], bool]] = {
    "LayoutContext": has_note_on_page,
    "make_all_pages": has_note_on_page,
    "make_page": has_long_note,
    "block_level_layout": has_note_on_page,
    "columns_layout": has_notes_of_columns,
    "content_text": has_running_head_without_call,
    "_get_pdf_tag": has_note_tags,
    "_build_box_tree": has_note_id,
    "text": has_text_above_its_outline,
    "TAGS": has_text_above_its_outline,
    "marked": has_running_head_as_artifact,
    "show_text": has_actual_text,
}


def test_every_patch_is_tried() -> None:
    names = {
        patch.name for patch in (*patches.FOOTNOTES, *patches.TAGS, *patches.DRAWINGS)
    }
    assert names == NEEDED.keys()


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=SLOW) if "columns" in name else name for name in NEEDED],
)
def test_patch_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    is_right = NEEDED[name]
    assert is_right()
    without = frozenset(each for each in patches.PATCHES if each.name == name)
    monkeypatch.setattr(pages, "patched", partial(patches.patched, without=without))
    try:
        still_right = is_right()
    except (AttributeError, AssertionError, IndexError, pypdfium2.PdfiumError):
        still_right = False
    assert not still_right
