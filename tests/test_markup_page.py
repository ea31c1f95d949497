"""The rules of `docs/markup.md`, each with what it becomes.

`pytest --golden` writes them; what stands above them is written by hand.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from pathlib import Path

from briefpress.document.files import mapping_reader
from briefpress.document.parser import parse_document
from briefpress.model import Brief
from briefpress.xhtml import inner

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "markup.md"
RULES = Path(__file__).parent / "markup_rules.toml"
START = "## The dialect, rule by rule\n"
INTRODUCTION = """
A brief is CommonMark 0.31 with GitHub's extensions, and then the common ones of Pandoc. Where they
disagree, CommonMark and GitHub win, but for the differences listed below. These rules are
made by a test, so what is shown is what comes out.
"""


def test_the_page_shows_what_each_rule_becomes(
    golden: Callable[[Path, str], None],
) -> None:
    written, found, _ = PAGE.read_text("utf-8").partition(START)
    assert found
    golden(PAGE, written + START + INTRODUCTION + rules() + differences())


def rules() -> str:
    """Return the sections of rules."""
    lines = []
    for section in tomllib.loads(RULES.read_text("utf-8"))["section"]:
        lines.append(f"\n### {section['name']}\n")
        for sentence, typed in section["rules"]:
            lines.append(f"\n{sentence}\n\n{indented(typed)}\n\n")
            lines.append(f"```html\n{shown(typed)}\n```\n")
    return "".join(lines)


def differences() -> str:
    """Return the section of differences, each with its reason."""
    found = tomllib.loads(RULES.read_text("utf-8"))["differences"]
    lines = [f"| {what} | {reason} |" for what, reason in found.items()]
    head = ["\n### Where it differs from GitHub\n", "| what | why |", "| --- | --- |"]
    return "\n".join([*head, *lines]) + "\n"


def indented(text: str) -> str:
    """Return what an author types as a block of code."""
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def shown(typed: str) -> str:
    """Return the HTML of a text, with its notes."""
    day = dt.date(2024, 5, 31)
    brief = Brief("b", "briefs/b.md", "B", day, "en", typed, 1)
    document = parse_document(brief, mapping_reader({})).document
    assert document is not None
    parts = [inner(document.body).strip()]
    parts += [
        f"<!-- note {n.number} -->\n{inner(n.body).strip()}" for n in document.notes
    ]
    return "\n".join(parts)
