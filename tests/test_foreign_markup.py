"""Markup of other programs is understood or reported, and prose is neither."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefpress.document.files import mapping_reader
from briefpress.document.foreign_markup import markup_kinds
from briefpress.document.parser import parse_document
from briefpress.model import Brief, ParsedDocument
from briefpress.problems import Problem, format_group, group_by_cause
from briefpress.xhtml import text_of
from foreign_pieces import ODD_WORDS, PLACES, SENTENCES, foreign_pieces

CODE = "D10"


def parsed(text: str) -> ParsedDocument:
    """Return the document of a brief with this text, and its problems."""
    brief = Brief("b", "briefs/b.md", "B", dt.date(2024, 5, 31), "en", text, 1)
    return parse_document(brief, mapping_reader({}))


def reported(text: str) -> list[Problem]:
    """Return the messages of markup that is printed as typed."""
    return [problem for problem in parsed(text).problems if problem.code == CODE]


def printed(text: str) -> str:
    """Return all words of a text."""
    document = parsed(text).document
    assert document is not None
    trees = [document.body, *(note.body for note in document.notes)]
    return " ".join(text_of(tree) for tree in trees)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(foreign_pieces(), st.sampled_from(PLACES))
def test_foreign_markup_is_understood_or_reported_wherever_it_is(
    piece: str, place: str
) -> None:
    text = place.replace("{}", piece)
    is_printed = piece.split(maxsplit=1)[0] in printed(text).split()
    problems = parsed(text).problems
    assert problems or not is_printed
    for problem in reported(text):
        assert problem.span is not None
        row = text.split("\n")[problem.span.line - 1]
        assert row[problem.span.column - 1 :]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(SENTENCES, min_size=1, max_size=8))
def test_prose_gives_no_warning(sentences: list[str]) -> None:
    assert reported(" ".join(sentences) + "\n") == []
    assert reported("\n\n".join(sentences) + "\n") == []


def test_ten_thousand_sentences_of_prose_give_no_warning() -> None:
    random = Random(1)  # noqa: S311 - reproducible
    words = [
        *[
            "the",
            "rents",
            "of",
            "towns",
            "rose",
            "again",
            "while",
            "pay",
            "fell",
            "and",
            "rivers",
            "carried",
        ]
    ]
    paragraphs = []
    for _ in range(2000):
        sentences = []
        for _ in range(5):
            chosen = random.choices(words, k=random.randint(3, 9))
            chosen.insert(random.randint(1, len(chosen)), random.choice(ODD_WORDS))
            sentences.append(f"{' '.join(chosen).capitalize()}.")
        paragraphs.append(" ".join(sentences))
    text = "\n\n".join(paragraphs)
    assert [problem.message for problem in reported(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        r"\*\*words\*\* and \$x\$ and \[TOC\]",
        r"**doc**: remove \*\*Note:\*\* from lines",
        r'Lines end with "\n" or \t.',
        "`{{< figure >}}` and `[@key]`",
        "```\n{% include x %}\n```",
        "    $x^2$",
        "<code>{{ x }}</code>",
    ],
)
def test_escaped_signs_and_code_are_not_reported(text: str) -> None:
    assert reported(text) == []


@pytest.mark.parametrize(
    ("text", "piece", "line"),
    [
        ("{{< viewer\n  angle='0deg'\n>}}\n", "{{<", 1),
        ("##**Conclusion**\n", "##", 1),
        ("Text.\n\n##Conclusion\n", "##", 3),
        ("See [[https://example.org for more.\n", "[[", 1),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n|----\n", "----", 4),
        ("Words {reference-type='ref'\nreference='a'} here.\n", "{reference", 1),
    ],
)
def test_unfinished_markup_of_real_manuscripts_is_reported(
    text: str, piece: str, line: int
) -> None:
    [problem] = reported(text)
    assert problem.message.startswith(f"`{piece}")
    assert problem.span is not None
    assert problem.span.line == line


def test_attributes_may_be_on_two_lines() -> None:
    text = '[3.3](#a){reference-type="ref"\nreference="a"}\n\n## A\n'
    assert reported(text) == []
    assert "reference" not in printed(text)


@pytest.mark.parametrize(
    ("text", "token", "name"),
    [
        ("Rents rose, as @weber2015 showed.", "@weber2015", "a citation"),
        ("See @fig-rents.", "@fig-rents", "a citation"),
        ("As @weber2015rents says.", "@weber2015rents", "a citation"),
        ("Rents rose. ^a1b2c3", "^a1b2c3", "the name of a block in Obsidian"),
        ("{ref}`rents` rose.", "{ref}", "a role or a name of MyST"),
        ("(rents)=\n## Rents", "(rents)=", "a role or a name of MyST"),
        ("Press ++ctrl+c++.", "++ctrl+c++", "a mark of MkDocs"),
        ("Rents ^^rose^^.", "^^rose^^", "a mark of MkDocs"),
        ('=== "Rents"\n\nRose.', '=== "', "a box of MkDocs"),
        ("- TOC\n{:toc}", "{:toc}", "a table of contents"),
        ("A :material-home: here.", ":material-home:", "an emoji"),
        ("[Rents](https://example.org)**", "**", "bold words"),
        ("Rents ^[] rose.", "^[", "an inline note"),
        (":::{grid} 2\n:gap: 1\nRents\n:::", ":::{grid} 2", "the sign of a box"),
    ],
)
def test_each_of_these_is_reported(text: str, token: str, name: str) -> None:
    messages = [problem.message for problem in reported(text)]
    assert f"`{token}` is printed as typed: {name}" in messages


@pytest.mark.parametrize(
    "text",
    [
        "$$\nr = \\frac{w_{t}}{p}\n$$",
        "\\begin{note}\nRents $r_1$ rose.\n\\end{note}",
        '![Rents]({{ "/rents.png" | url }}){: .wide width="3" }',
        "[Rents]({{ site.url }}{% link rents.md %})",
        "[Rents]({{< ref rents >}})",
    ],
)
def test_a_construct_is_one_message(text: str) -> None:
    assert len(reported(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "| Model | 1 |\n|---|---|\n| Trade | -0.35*** |\n| Rents | (0.1)** |",
        "*p < 0.1; **p < 0.05; ***p<0.01",
        "And so on {...} as before.",
        "Write to ann@weber2015.org or @weber.",
        "C++ and i++, 2 ^ 3, a ^ b.",
    ],
)
def test_signs_that_mean_themselves_are_not_reported(text: str) -> None:
    assert reported(text) == []


def test_each_kind_says_what_works() -> None:
    for kind in markup_kinds():
        assert kind.name
        assert kind.fix


def test_each_kind_is_one_message_that_quotes_the_first_pieces() -> None:
    text = "A $x^2$ and $y^2$.\n\nB [TOC] and $z^2$.\n\n[[a page]] and [[another]].\n"
    messages = [
        format_group(group, lambda _: None, explain=False)
        for group in group_by_cause(reported(text))
    ]
    beginning = "warning[D10] briefs/b.md:"
    assert messages == [
        (
            f"{beginning}1: `$x^2$` is printed as typed: a formula"
            " (and 2 more of this kind: 1 `$y^2$`, 3 `$z^2$`)"
        ),
        f"{beginning}3: `[TOC]` is printed as typed: a table of contents",
        (
            f"{beginning}5: `[[a page]]` is printed as typed: a wiki link"
            " (and 1 more of this kind: 5 `[[another]]`)"
        ),
    ]


def test_a_kind_after_hundreds_of_another_is_reported_with_its_line() -> None:
    text = "Words $x^2$.\n\n" * 300 + "At last [TOC].\n"
    formulas, contents = group_by_cause(reported(text))
    assert formulas.count == 300
    assert contents.count == 1
    assert contents.first.span is not None
    assert contents.first.span.line == 601


def test_code_of_other_programs_keeps_its_quotes_and_is_no_tag() -> None:
    text = 'A {{< figure src="a--b.png" >}} and {% abbr \'AN\' %} "quoted".\n'
    expected = "A {{< figure src=\"a--b.png\" >}} and {% abbr 'AN' %} “quoted”."
    assert printed(text) == expected
    assert "figure" in printed('<div>{{< figure src="a.png" >}}</div>\n')


@pytest.mark.parametrize(
    "tag",
    ['<embed src="a">', "<frame src=a>", '<object data="a"></object>', "<base href=a>"],
)
def test_what_loads_or_frames_is_removed_with_a_warning(tag: str) -> None:
    for text in (f"{tag}\n\nWords.\n", f"Words {tag}.\n"):
        assert "Words" in printed(text)
        assert "<" not in printed(text)
        assert [problem.code for problem in parsed(text).problems] == ["D04"]


def test_a_tag_without_its_end_is_printed_with_a_warning() -> None:
    """HTML parsers would take the rest of the brief as its content."""
    for text in ("<script>one\n\nWords.\n", 'He says "<textarea a=b>" words.\n'):
        assert "ords." in printed(text)
        (problem,) = parsed(text).problems
        assert problem.code == CODE
        assert problem.span is not None
        assert problem.span.line == 1


@pytest.mark.parametrize("key", ["summary", "takeaways"])
def test_markup_in_the_front_matter_is_reported(key: str) -> None:
    def codes(line: str) -> list[str]:
        summary = line if key == "summary" else ""
        takeaways = (line,) if key == "takeaways" else ()
        brief = Brief(
            "b",
            "briefs/b.md",
            "B",
            dt.date(2024, 5, 31),
            "en",
            "Words.",
            9,
            summary=summary,
            takeaways=takeaways,
        )
        problems = parse_document(brief, mapping_reader({})).problems
        return [problem.code for problem in problems]

    assert codes("Rents {{< rise >}} and fall") == [CODE]
    assert codes(r"Rents \cite{a}") == [CODE]
    assert codes(r"Rents \*rise* for $5 in C#") == []
    assert codes("<script>a</script>Rents") == ["D04"]
    assert codes("<script>Rents") == [CODE]
