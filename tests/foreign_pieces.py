"""Pieces of other programs' markup, and sentences that only look like it."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = st.sampled_from(["figure", "include", "note", "site", "page", "smith2020", "x"])
WORDS = st.sampled_from(["rents", "water", "a b", "p. 3", "1.5"])
_FORMS = {
    "Liquid": [
        "{{% {name} %}}",
        "{{{{ {name}.title }}}}",
        "{{% if {name} %}}{words}{{% endif %}}",
    ],
    "Hugo": [
        '{{{{< {name} src="a.png" >}}}}',
        "{{{{% {name} %}}}}",
        "{{{{<{name}>}}}}",
    ],
    "MDX": ["{{{name}.title}}", "<Note>{words}</Note>", "{{/* {words} */}}"],
    "TeX": [
        "\\{name}",
        "\\cite{{{name}}}",
        "$x_{{{name}}}$",
        "$$E = mc^2$$",
        "\\newpage",
        "$\\alpha$",
    ],
    "Pandoc": [
        "[@{name}]",
        "[see @{name}, {words}]",
        "^[{words}",
        "[{words}]{{.{name}",
        "[[{name}]]",
        "[TOC]",
        "{{#{name} .x}}",
    ],
    "other": [
        "**{words}",
        "~~{words}",
        "![{words}](",
        "[{words}][{name}]",
        "&bogus;",
        ":smile:",
        "{{++{words}++}}",
        "`{words}",
        "==({words}",
    ],
}


@st.composite
def foreign_pieces(draw: st.DrawFn) -> str:
    """Return a piece of markup that has no meaning in a brief, or is not complete."""
    forms = _FORMS[draw(st.sampled_from(sorted(_FORMS)))]
    form = draw(st.sampled_from(forms))
    return form.format(name=draw(NAMES), words=draw(WORDS))


PLACES = [
    "Before {} after.",
    "{} after.",
    "| a | b |\n|---|---|\n| {} | x |",
    "A call.[^1]\n\n[^1]: Note {} here.",
    "See [words {} here](https://example.org).",
    "## Heading {} here",
    "Table: Rents {} here\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "- item\n  - inner {} here",
    "> quoted {} here",
    "<div>\n\nwords {} here\n\n</div>",
    "Term\n: definition {} here",
]

_PROSE = """It costs $5 to $10 a ton.|C# and F# are languages.|The file a_b_c is here.|He wrote "[sic]".
|5 < 6 and 7 > 3.|Q&A; R&D.|2 * 3 * 4 = 24.|At 10:30:15 it rose 5 %.|Item #1 (no. 2) is - as ever - late.
|The years 1990--1995 ...|x^y is a power, a ~ b means about.|Set {a, b} and {1; 2}.|US$5m/US$6m in all.
|A/B, and/or, 1/2.|Version 1.2.3-beta+4.|He said: yes!|50 % of 3 * 10 is 15.|Vol. 3 [2nd ed.] pp. 5-7.
|Temperature -5 C to +3 C.|p < 0.05*|See §5 | 7.|a_b@example.org wrote.|f(x) = y_1, y_2.|(c) 2024; (1) one.
|Rents [1], [2] rose.|~5 km or ~ 5 km.|What?! No...|The _ sign.|100 != 99.|$ 5 and 6 $.|it's the '90s.
|M&S & Co.|It is 3:1:2.|Tom & Jerry; AT&T.|x = 5, y == 6?|C:\\Users\\ann is a folder.|3 x 4 | 5""".replace(
    "\n", ""
)  # noqa: SIM905, RUF100
SENTENCES = st.sampled_from(_PROSE.split("|"))
# Words of prose with signs that markup also uses.
ODD_WORDS = (
    *(
        "$5",
        "$5 or $6",
        "US$ 10",
        "C#",
        "F#",
        "a_b",
        "snake_case_name",
        "[sic]",
        "5 < 6",
    ),
    *(
        "a > b",
        "x = y",
        "AT&T",
        "R&D",
        "#1",
        "No. 5",
        "50 %",
        "100%",
        "e.g. {one}",
        "~5",
    ),
    *(
        "*",
        "p < 0.05",
        "2 * 3",
        "[...]",
        "[2019]",
        "[emphasis added]",
        "(a)",
        "a/b",
        "^",
    ),
    *(
        "he/she",
        "and/or",
        "@example",
        "a@b.org",
        "10:30",
        "1:2",
        "http://a.org/b_c_d",
        ":",
    ),
    *(
        "©",
        "§ 5",
        "½",
        "„so“",
        "--",
        "…",
        "km²",
        "C:\\data",
        "A\\B",
        "`code`",
        "=",
        "|",
    ),
    *("Q&A;", "&", "<5", "->", "=>", "<-", ":-)", "!", "a!b", "~", "x^", "[a] and [b]"),
)
