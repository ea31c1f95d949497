"""Raw HTML: what an EPUB cannot contain is repaired, and Markdown in it is alive."""

from __future__ import annotations

import datetime as dt

import pytest

from briefpress.document.files import mapping_reader
from briefpress.document.parser import parse_document
from briefpress.model import Brief
from briefpress.xhtml import inner

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path d="M0 3 4 0"/></svg>'

FRAMED = '<div class="picture"><img src="a.svg" alt="x" width="4" height="3"/></div>'


def body_of(text: str) -> tuple[str, set[str]]:
    """Return the body of a brief without ids and line ends, and its codes."""
    brief = Brief("b", "briefs/b.md", "B", dt.date(2024, 5, 31), "en", text, 1)
    parsed = parse_document(brief, mapping_reader({"briefs/a.svg": SVG}))
    assert parsed.document is not None
    for element in parsed.document.body.iter():
        element.attrib.pop("id", None)
    body = inner(parsed.document.body).replace("\n", "")
    return body, {problem.code for problem in parsed.problems}


@pytest.mark.parametrize(
    ("written", "repaired"),
    [
        ("<li>alone</li>", "<ul><li>alone</li></ul>"),
        ("<ol><li>a</li><ol><li>b</li></ol></ol>", "<ol><li>a<ol><li>b</li></ol></li></ol>"),
        ("<ol start='x'><li>a</li></ol>", "<ol><li>a</li></ol>"),
        ("<ul>words<li>a</li></ul>", "<ul><li><p>words</p></li><li>a</li></ul>"),
        ("<dl><dd>only</dd></dl>", "<div><div>only</div></div>"),
        ("<dt>only</dt>", "<div>only</div>"),
        ("A <bdo>word</bdo>.", "<p>A <span>word</span>.</p>"),
        ("A <time>word</time>.", "<p>A <span>word</span>.</p>"),
        ("A <ruby>base</ruby>.", "<p>A <span>base</span>.</p>"),
        ("<h2><div>words</div></h2>", "<h2>words </h2>"),
        ("<figcaption>words</figcaption>", "<div>words</div>"),
    ],
)  # fmt: skip
def test_html_that_an_epub_cannot_contain_is_repaired(
    written: str, repaired: str
) -> None:
    assert body_of(f"{written}\n") == (repaired, {"D09"})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Term\n: <div>a</div> b <i>c</i>", "<dl><dt>Term</dt><dd><div>a</div><p> b <i>c</i></p></dd></dl>"),
        ("Use mime@1.52.0 or a@b.org.", '<p>Use mime@1.52.0 or <a href="mailto:a@b.org">a@b.org</a>.</p>'),
        ("<dl>words</dl>", "<div><p>words</p></div>"),
        ("<figure><img src='a.svg' alt='x'> words</figure>", f'<figure class="figure plain">{FRAMED}<p>words</p></figure>'),  # noqa: E501
        ("<figure><img src='a.svg' alt='x'><br>words</figure>", f'<figure class="figure plain">{FRAMED}<p>words</p></figure>'),  # noqa: E501
        ("<figure><figcaption>a</figcaption>b</figure>", '<figure class="figure plain"><figcaption><p class="measure">a</p></figcaption><p>b</p></figure>'),  # noqa: E501
        ("<details open='x'><summary>a</summary>b</details>", '<details open=""><summary>a</summary><p>b</p></details>'),  # noqa: E501
        ("<ol reversed='reversed'><li>a</li></ol>", '<ol reversed=""><li>a</li></ol>'),
        ('A [link](https://e.org%5Ca) and https://e.org\\a">.', '<p>A link and https://e.org\\a"&gt;.</p>'),
    ],
)  # fmt: skip
def test_words_in_unusual_places_are_kept(written: str, expected: str) -> None:
    body, _ = body_of(f"{written}\n")
    assert body == expected


@pytest.mark.parametrize(
    "written",
    [
        "1. one\n\n   <hr><video lang='&amp;'>words\n",
        "- item <aside><svg>words\n",
        "| a |\n|---|\n| <ul><svg id='x'>words |\n",
        "A <hr start='x\n",
    ],
)
def test_a_tag_that_is_not_complete_is_printed_and_reported(written: str) -> None:
    body, codes = body_of(written)
    assert "D10" in codes
    assert "&lt;" in body


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<div>\n\n*a*\n\n</div>", "<div><p><em>a</em></p></div>"),
        ("<div>*a*</div>", "<div><em>a</em></div>"),
        ("<p>*a*</p>", "<p>*a*</p>"),
        (
            "<details>\n<summary>*a*</summary>\n\nb\n\n</details>",
            "<details><summary><em>a</em></summary><p>b</p></details>",
        ),
        ('<a name="x">Words\n\nMore', "<p><a></a>Words</p><p>More</p>"),
        ("A <title> of it.\n\nMore.", "<p>A &lt;title&gt; of it.</p><p>More.</p>"),
        ("<div>See <https://example.org></div>", '<div>See <a href="https://example.org">https://example.org</a></div>'),
    ],
)  # fmt: skip
def test_markdown_in_html_is_alive_and_no_words_are_lost(
    written: str, expected: str
) -> None:
    body, _ = body_of(f"{written}\n")
    if "name=" in written:
        assert "Words" in body
        assert body.endswith("<p>More</p>")
    else:
        assert body == expected


def test_a_figure_of_html_is_a_figure() -> None:
    text = '<figure>\n<img src="a.svg" alt="A line">\n<figcaption>*Rents*.[^1]</figcaption>\n</figure>\n\n[^1]: Note.\n'
    body, codes = body_of(text)
    assert codes == set()
    assert body.startswith(
        '<figure class="figure plain"><figcaption><p class="measure"><em>Rents</em>.<a class="call"'
    )
    assert '<div class="picture"><img src="a.svg"' in body


@pytest.mark.parametrize(
    ("headings", "levels"),
    [("### ### ###", "2 2 2"), ("## #### ###", "2 3 3"), ("# ## ###", "2 2 3"), ("# ## # ##", "2 3 2 3")],
)  # fmt: skip
def test_headings_of_one_level_keep_one_level(headings: str, levels: str) -> None:
    text = "\n\n".join(f"{signs} Words {n}" for n, signs in enumerate(headings.split()))
    body, _ = body_of(text)
    found = [piece[0] for piece in body.split("<h")[1:]]
    assert found == levels.split()
