"""Texts over the grammar of CommonMark and GitHub, made at random from our own words."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

_WORDS = """rents rose water the ministry of ports 2024 1.5 a I measured slowly; and, law.
don't (in part) 5 < 6 Q&A Вода x_y 3*4 10% #word +1 C# [sic] §5 $5 e.g. !"""
WORDS = st.sampled_from(_WORDS.split())
PHRASE_PIECES = [
    "*{}*",
    "**{}**",
    "_{}_",
    "__{}__",
    "***{}***",
    "`{}`",
    "``a ` {}``",
    "~~{}~~",
    "[{}](https://example.org/a_b?c=d&e=f)",
    '[{}](<other page.md> "a title")',
    "[{}][ref]",
    "[ref]",
    "![{}](a.svg)",
    "<https://example.org/{}>",
    "https://example.org/a_b-c.",
    "(see https://example.org/x(y)),",
    "www.example.org/report,",
    "desk@example.org",
    r"\*{}\*",
    r"\[{}\]",
    r"1\. {}",
    "&amp; {} &copy; &#8212;",
    "<b>{}</b>",
    "<br>",
    "<sub>{}</sub>",
    "{}[^one]",
    "{}  \n",
    "{}\\\n",
    "*{}",
    "{}**",
    "{}](",
    "`{}",
    "~{} {}~",
    "<!-- {} -->",
]


@st.composite
def phrases(draw: st.DrawFn, lines: int = 3) -> str:
    """Return one or more lines of text."""
    pieces: list[str] = []
    for _ in range(draw(st.integers(1, 6))):
        words = " ".join(draw(st.lists(WORDS, min_size=1, max_size=3)))
        form = draw(st.one_of(st.just("{}"), st.sampled_from(PHRASE_PIECES)))
        pieces.append(form.replace("{}", words))
        if lines > 1 and draw(st.integers(0, 4)) == 0:
            pieces.append("\n")
    text = " ".join(pieces)
    if lines == 1:
        return " ".join(text.split())
    return text.replace(" \n ", "\n").strip() or "words"


def heading(draw: st.DrawFn) -> str:
    """Return a heading of either kind."""
    text = draw(phrases(lines=1))
    level = draw(st.integers(1, 6))
    under = draw(st.sampled_from(["", "\n---", "\n==="]))
    return f"{text}{under}" if under else f"{'#' * level} {text}"


def code(draw: st.DrawFn) -> str:
    """Return a block of code, fenced or indented."""
    lines = draw(
        st.lists(
            st.sampled_from(["a = 1", "", "    b", "*x* [^one]", "| c |", "\td"]),
            min_size=1,
            max_size=4,
        )
    )
    fence = draw(st.sampled_from(["```", "~~~~", "    "]))
    if fence == "    ":
        return "\n".join(f"    {line}" for line in ["x", *lines])
    language = draw(st.sampled_from(["", "python", " r"]))
    return "\n".join([fence + language, *lines, fence])


def table(draw: st.DrawFn) -> str:
    """Return a table."""
    columns = draw(st.integers(1, 4))
    rule = draw(
        st.lists(
            st.sampled_from(["---", ":--", "--:", ":-:"]),
            min_size=columns,
            max_size=columns,
        )
    )
    rows = [
        [draw(phrases(lines=1)).replace("|", r"\|") for _ in range(columns)]
        for _ in range(draw(st.integers(1, 3)))
    ]
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|{'|'.join(rule)}|", *body])


def bullets(draw: st.DrawFn) -> str:
    """Return a list, with blocks in its items."""
    sign = draw(st.sampled_from(["-", "*", "+", "1.", "1)", "7.", "- [ ]", "- [x]"]))
    gap = draw(st.sampled_from(["\n", "\n", "\n\n"]))
    items = []
    for _ in range(draw(st.integers(1, 4))):
        # GitHub reads what follows a box as words, even `# heading`.
        content = draw(phrases() if "[" in sign else blocks(depth=2))
        width = 2 if sign.startswith("- ") else len(sign) + 1
        indented = content.replace("\n", "\n" + " " * width)
        items.append(f"{sign} {indented}")
    return gap.join(items)


def quotation(draw: st.DrawFn) -> str:
    """Return a quotation, sometimes with a lazy line."""
    content = draw(blocks(depth=2))
    lazy = draw(st.sampled_from(["", "", "\nlazy words"]))
    return "> " + content.replace("\n", "\n> ") + lazy


def raw_html(draw: st.DrawFn) -> str:
    """Return raw HTML, of which blank lines end the block."""
    text = draw(phrases(lines=1))
    form = draw(
        st.sampled_from(
            [
                "<div>\n\n{}\n\n</div>",
                "<details>\n<summary>words</summary>\n\n{}\n\n</details>",
                "<p>words</p>",
                "<!-- {} -->",
                "<table>\n<tr><td>\n\n{}\n\n</td></tr>\n</table>",
            ]
        )
    )
    return form.replace("{}", text)


def other(draw: st.DrawFn) -> str:
    """Return a rule, definitions, or lines that touch each other."""
    first, second = draw(phrases(lines=1)), draw(phrases(lines=1))
    return draw(
        st.sampled_from(
            [
                "***",
                "- - -",
                f"{first}\n- {second}\n- words",
                f"{first}\n1. {second}",
                f"{first}\n2. {second}",
                f"{first}\n> {second}",
                f"{first}\n# {second}",
                f"{first}\n```\n{second}\n```",
                f"{first}\n    {second}",
                f"- {first}\n\n  {second}\n\n      code",
                f"- {first}\n - {second}\n  - {first}\n   - {second}",
                f"1. {first}\n   - {second}\n     - {first}\n\n2. {second}",
                f"* {first}\n\n\n* {second}\n\n***\n* {first}",
                f"| a | b |\n|---|---|\n| {second.replace('|', '')}\nwords",
                f"{first}\n| a | b |\n|---|---|\n| c |",
            ]
        )
    )


MAKERS: tuple[Callable[[st.DrawFn], str], ...] = (
    heading,
    code,
    table,
    bullets,
    quotation,
    raw_html,
    other,
)


@st.composite
def blocks(draw: st.DrawFn, depth: int = 1) -> str:
    """Return some blocks."""
    made = []
    for _ in range(draw(st.integers(1, 5 if depth == 1 else 2))):
        is_plain = depth > 2 or draw(st.booleans())
        maker = None if is_plain else draw(st.sampled_from(MAKERS))
        made.append(draw(phrases()) if maker is None else maker(draw))
    return "\n\n".join(made)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Return a whole text, with the definitions that it needs."""
    return (
        draw(blocks())
        + "\n\n[ref]: https://example.org/ref 'title'\n\n[^one]: A note.\n"
    )
