"""Details of documents: limits, positions of problems, pictures and links."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from briefpress.document.files import mapping_reader, published_address
from briefpress.document.images import PictureError, inspect_picture
from briefpress.document.parser import parse_document
from briefpress.model import Brief, Document, Limits, ParsedDocument
from briefpress.problems import Problem
from briefpress.xhtml import text_of, to_xhtml

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path d="M0 3 4 0"/></svg>'
FILES = mapping_reader(
    {"briefs/map.svg": SVG, "briefs/rents.csv": b"year,rent\n2015,100\n"}
)
FIRST_LINE = 5  # of the text: the front matter is above it


def parsed(
    text: str,
    limits: Limits | None = None,
    linkable: dict[str, str] | None = None,
    **values: Any,
) -> ParsedDocument:
    """Return what becomes of a brief with this text."""
    date = dt.date(2024, 5, 31)
    brief = Brief("a", "briefs/a.md", "A", date, "en", text, FIRST_LINE, **values)
    return parse_document(brief, FILES, limits, linkable)


def document_of(text: str, **values: Any) -> Document:
    """Return the document of a text without problems."""
    result = parsed(text, **values)
    assert result.problems == ()
    assert result.document is not None
    return result.document


def only_problem(text: str, limits: Limits | None = None, **values: Any) -> Problem:
    """Return the only problem of a text."""
    problems = parsed(text, limits, **values).problems
    assert len(problems) == 1
    return problems[0]


def test_the_brackets_of_all_paragraphs_may_reach_over_3_000_000_characters() -> None:
    # Each bracket reaches to the end of its paragraph.
    n = 2448
    reach = n * (n + 1) // 2
    within_limit = ["[" * n, "[" + "a" * (3_000_000 - reach - 1)]
    problem = only_problem("\n\n".join([*within_limit, "["]))
    assert problem.code == "D06"
    assert "brackets" in problem.message
    assert problem.span is not None
    assert problem.span.line == FIRST_LINE + 4


def test_elements_may_be_nested_as_deep_as_the_limit() -> None:
    limits = Limits(nesting=4)
    within_limit = "<div>" * 4 + "words" + "</div>" * 4
    result = parsed(within_limit, limits)
    assert result.document is not None
    assert result.problems == ()
    problem = only_problem(f"<div>{within_limit}</div>", limits)
    assert problem.code == "D05"
    assert problem.message == "elements are nested more than 4 deep"


def test_a_cell_spans_at_most_1000_columns_as_in_browsers() -> None:
    cell = '<tr><td colspan="{}">words</td></tr>'
    table = "".join(["<table>", cell.format(1000), cell.format(5000), "</table>"])
    html = to_xhtml(document_of(table).body)
    assert html.count('colspan="1000"') == 2


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_a_png_without_its_last_line_is_refused(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (300, 200)).save(out, "PNG")
    png = out.getvalue()
    assert inspect_picture(png).height == 200
    head = b"IHDR" + struct.pack(">II", 300, 201) + png[24:29]
    checksum = struct.pack(">I", zlib.crc32(head))
    with pytest.raises(PictureError, match="damaged or incomplete"):
        inspect_picture(png[:12] + head + checksum + png[33:])


@pytest.mark.parametrize(
    ("address", "published"),
    [
        ("map.svg", "map.svg"),
        ("art/map.svg", "art/map.svg"),
        ("./art/../map 2.svg", "map%202.svg"),
        ("../shared/map.svg", "_/briefs/shared/map.svg"),
    ],
)
def test_a_file_of_another_folder_is_published_below_the_page(
    address: str, published: str
) -> None:
    assert published_address("briefs/rents", address) == published


def test_a_picture_in_a_quotation_below_a_paragraph_is_a_figure() -> None:
    document = document_of('Rents rose.\n\n> ![a map](map.svg "Rents by town")\n')
    [figure] = document.figures
    assert figure.title == "Rents by town"


def test_headings_below_an_empty_one_are_still_corrected() -> None:
    result = parsed("## <b></b>\n\n# Rents\n\nWords.\n")
    assert [problem.code for problem in result.problems] == ["H03", "H01"]
    assert result.document is not None
    [heading] = result.document.outline
    assert (heading.level, heading.text) == (2, "Rents")


def test_a_summary_with_a_stray_end_tag_keeps_its_words() -> None:
    summary = document_of("Words.", summary="Rents rose.</div>").summary
    assert summary is not None
    assert text_of(summary) == "Rents rose."


def test_a_problem_on_the_last_line_has_its_line_and_column() -> None:
    problem = only_problem("Words.\n\nRents&#7; rose.")
    assert problem.code == "D01"
    assert str(problem.span) == f"briefs/a.md:{FIRST_LINE + 2}:6"


def test_a_character_that_cannot_be_printed_is_found_in_the_summary() -> None:
    places = {"summary": (3, 1)}
    problem = only_problem("Words.", summary="Rents&#7; rose.", places=places)
    assert problem.code == "D01"
    assert str(problem.span) == "briefs/a.md:3:1"


@pytest.mark.parametrize(
    ("characters", "message"),
    [
        ("\x07", "a character that cannot be printed: U+0007"),
        ("\x07\x07", "a character that cannot be printed: U+0007"),
        ("\x08\x07", "characters that cannot be printed: U+0007, U+0008"),
        (
            "\x05\x04\x03\x02\x01",
            "characters that cannot be printed: U+0001, U+0002, U+0003, U+0004",
        ),
    ],
)
def test_characters_of_a_line_that_cannot_be_printed_are_listed(
    characters: str, message: str
) -> None:
    problem = only_problem(f"Rents{characters} rose.")
    assert (problem.code, problem.message) == ("D01", message)


def test_an_id_that_is_used_twice_names_the_line_of_the_first() -> None:
    text = """\
Rents [rose]{: #rents } and [fell]{: #rents }.[^1]

[^1]: See [wages]{: #rents }.
"""
    fixes = [problem.fix for problem in parsed(text).problems]
    first = f"rename one of them; the first is on line {FIRST_LINE}"
    assert fixes == [first, first]


def test_a_link_that_leaves_the_project_finds_a_brief_by_its_name() -> None:
    linkable = {"briefs/rents.md": "rent-limits"}
    text = "See [the brief](../../../other/rents.md#costs)."
    [link] = document_of(text, linkable=linkable).body.iter("a")
    assert link.get("href") == "brief:rent-limits#costs"


def test_a_link_to_data_offers_it_as_a_file() -> None:
    [link] = document_of("See [the data](rents.csv).").body.iter("a")
    assert (link.get("href"), link.get("download")) == ("rents.csv", "rents.csv")


def test_a_task_may_be_empty() -> None:
    document = document_of("- [ ]\n- [x]\n- [ ] Measure\n")
    items = [text_of(item) for item in document.body.iter("li")]
    assert items == ["☐", "☑", "☐ Measure"]


def test_the_attributes_of_nested_blocks_may_end_one_paragraph() -> None:
    text = "> Ask.\n>\n> > Answer.\n> {: .solution}\n{: .exercise}\n"
    document = document_of(text)
    assert text_of(document.body).split() == ["Ask.", "Answer."]
    inner = list(document.body.iter("p"))[-1]
    assert set(inner.get("class", "").split()) == {"solution", "exercise"}


def test_brackets_of_a_note_without_words_are_words() -> None:
    text = "The signs ^[] and ^[ ] and ^^these^^ are words, x^2^ is a power.\n"
    document = parsed(text).document
    assert document is not None
    assert document.notes == ()
    assert "^[] and ^[ ] and ^^these^^ are" in text_of(document.body)
    assert [sup.text for sup in document.body.iter("sup")] == ["2"]


@pytest.mark.parametrize("heading", ["# Rents", "# RENTS #", "Rents\n====="])
def test_a_first_heading_that_repeats_the_title_is_printed_once(heading: str) -> None:
    brief = Brief(
        "a",
        "briefs/a.md",
        "Rents",
        dt.date(2024, 5, 31),
        "en",
        f"{heading}\n\n[Up](#rents).\n\n## Rents rose\n",
        1,
    )
    result = parse_document(brief, FILES)
    assert result.document is not None
    assert [each.text for each in result.document.outline] == ["Rents rose"]
    assert [a.get("href") for a in result.document.body.iter("a")] == ["#title"]
    assert result.problems == ()


def test_a_heading_below_words_stays_although_it_is_the_title() -> None:
    result = parsed("Words.\n\n# A\n\nMore.\n")
    assert result.document is not None
    assert [each.text for each in result.document.outline] == ["A"]


def test_the_fix_for_a_note_of_word_is_a_note() -> None:
    problem = only_problem("Rents rose.[[1]](#_ftn1)\n")
    assert problem.code == "L01"
    assert problem.fix == "write a note: `[^1]`, and `[^1]: …`"


@pytest.mark.parametrize("space", ["", " ", "\N{NO-BREAK SPACE}"])
def test_a_note_may_have_a_space_before_its_colon_as_in_french(space: str) -> None:
    (note,) = document_of(f"Loyers.[^a]\n\n[^a]{space}: Une note.\n").notes
    assert text_of(note.body) == "Une note."
