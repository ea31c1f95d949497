"""Compare the structure of our HTML with that of another Markdown program.

A structure is the sequence of elements with their nesting, words, addresses and code.
Raw HTML is cleaned on both sides before it is compared.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import cmarkgfm
import nh3
from cmarkgfm.cmark import Options

from briefpress.document.context import scan_source
from briefpress.document.dialect import MarkdownReader
from briefpress.document.links import link_emails
from briefpress.document.sanitise import ALLOWED, wrap_words
from briefpress.document.token_tree import CALL
from briefpress.xhtml import BLOCK_ELEMENTS, parse_fragment

GFM_EXTENSIONS = ["table", "strikethrough", "autolink", "tasklist"]
COMPARED_ATTRIBUTES = ("href", "src", "alt", "title", "start", "align", "class")
SAME_ELEMENTS = {"del": "s", "strike": "s"}
CHECKED, UNCHECKED = "☑", "☐"


@dataclass(frozen=True, slots=True)
class Part:
    """One element, or the words between two tags, and how deep it is nested."""

    depth: int
    kind: str  # a tag, "words" or "code"
    content: str = ""


def structure_of(text: str) -> list[Part]:
    """Return the structure of a text as our dialect reads it."""
    reader = MarkdownReader(scan_source("", text, first_line=1))
    body = parts_of(reader.html_of(reader.parsed.tokens), is_ours=True)
    labels = [call.label.casefold() for call in reader.builder.calls]
    notes = {note.label.casefold(): note for note in reversed(reader.parsed.notes)}
    for label in dict.fromkeys(labels):
        if label in notes:
            body.append(Part(0, "note"))
            body += parts_of(reader.html_of(notes[label].tokens), is_ours=True)
    return body


def structure_on_github(text: str) -> list[Part]:
    """Return the structure of a text as cmark-gfm reads it."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
    page = cmarkgfm.markdown_to_html_with_extensions(
        text, options=options, extensions=GFM_EXTENSIONS
    )
    body, _, notes = page.partition('<section class="footnotes"')
    body = re.sub(r'<sup class="footnote-ref">.*?</sup>', f'<wbr {CALL}="">', body)
    parts = parts_of(body)
    for note in re.split(r'<li id="fn-[^"]*"[^>]*>', notes)[1:]:
        content = re.sub(r' ?<a href="#fnref[^>]*>↩(?:<sup.*?</sup>)?</a>', "", note)
        content = content.removesuffix("</ol>\n</section>\n").rstrip()
        content = re.sub(
            r'<sup class="footnote-ref">.*?</sup>', f'<wbr {CALL}="">', content
        )
        parts.append(Part(0, "note"))
        parts += parts_of(content.removesuffix("</li>"))
    return parts


def parts_of(page: str, *, is_ours: bool = False) -> list[Part]:
    """Return the structure of HTML, cleaned. In ours, e-mail addresses become links."""
    for checked, sign in ((True, CHECKED), (False, UNCHECKED)):
        attribute = r' checked=""' if checked else ""
        box = rf'<input type="checkbox"{attribute} disabled="" />'
        # We put the box into the first paragraph of its item.
        page = re.sub(rf"{box}\s*<p>", f"<p>{sign} ", page)
        page = re.sub(box, sign, page)
    attributes = {tag: set(names) for tag, names in ALLOWED.items()}
    attributes["*"] = {"title", "class"}
    attributes["wbr"] = {CALL}
    clean = nh3.clean(
        page.strip(),
        tags=set(ALLOWED),
        attributes=attributes,
        link_rel=None,
        clean_content_tags={"script", "style", "title", "textarea"},
        url_schemes={"http", "https", "mailto", "tel", "xmpp", "ftp"},
    )
    tree = parse_fragment(clean)
    wrap_words(tree, is_root=True)
    if is_ours:
        link_emails(tree)
    return list(_without_spaces(_walk(tree, 0)))


def _walk(element: Element, depth: int) -> Iterator[Part]:
    """Yield the parts of an element's content."""
    yield Part(depth, "words", element.text or "")
    for child in element:
        tag = SAME_ELEMENTS.get(child.tag, child.tag)
        if tag == "wbr":
            yield Part(depth, "call")
        elif tag == "code":
            code = "".join(child.itertext()).rstrip("\n")
            yield Part(depth, "code", _attributes(child) + code)
        else:
            yield Part(depth, tag, _attributes(child))
            yield from _walk(child, depth + 1)
        yield Part(depth, "words", child.tail or "")


def _attributes(element: Element) -> str:
    """Return the attributes that are compared, as text."""
    found = {}
    for name in COMPARED_ATTRIBUTES:
        value = element.get(name)
        is_language = name == "class" and element.tag == "code"
        if value is None or (name == "class" and not is_language):
            continue
        if is_language:
            value = re.split(r"[^\w#+.-]", value.lower())[0]
        found[name] = unquote(html.unescape(value)).replace("\n", " ").strip()
    return json.dumps(found, ensure_ascii=False) if found else ""


def _without_spaces(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield the parts with words joined and single spaces, without empty words."""
    waiting = Part(0, "words")
    for part in parts:
        is_same_text = part.kind == "words" and part.depth == waiting.depth
        if is_same_text:
            waiting = Part(part.depth, "words", waiting.content + part.content)
            continue
        text = " ".join(re.split(r"[ \t\n\r\f]+", waiting.content)).strip(" ")
        if text:
            yield Part(waiting.depth, "words", text)
        waiting = part if part.kind == "words" else Part(part.depth, "words")
        if part.kind != "words":
            yield part
    text = " ".join(waiting.content.split())
    if text:
        yield Part(waiting.depth, "words", text)


def differences(ours: Sequence[Part], theirs: Sequence[Part]) -> list[str]:
    """Return what differs, a line for each part: `-` is theirs, `+` is ours."""
    matcher = SequenceMatcher(None, theirs, ours, autojunk=False)
    lines = []
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind != "equal":
            lines += [
                f"- {part.depth} {part.kind} {part.content}"
                for part in theirs[first:last]
            ]
            lines += [
                f"+ {part.depth} {part.kind} {part.content}" for part in ours[start:end]
            ]
    return lines


def equal_blocks(ours: Sequence[Part], theirs: Sequence[Part]) -> tuple[int, int]:
    """Return how many of the other program's blocks are the same here, and of how many.

    A block is a part with everything up to the next block.
    """
    their_blocks, our_blocks = _blocks(theirs), _blocks(ours)
    matcher = SequenceMatcher(None, their_blocks, our_blocks, autojunk=False)
    same = sum(size for _, _, size in matcher.get_matching_blocks())
    return same, len(their_blocks)


def _blocks(parts: Sequence[Part]) -> list[tuple[Part, ...]]:
    """Return the parts in groups that each begin with a block."""
    groups: list[list[Part]] = []
    for part in parts:
        if not groups or part.kind in BLOCK_ELEMENTS or part.kind == "note":
            groups.append([])
        groups[-1].append(part)
    return [tuple(group) for group in groups]


@dataclass(frozen=True, slots=True)
class Example:
    """An example of the specification: Markdown, and the HTML that it becomes."""

    number: int
    section: str
    markdown: str
    html: str


def read_examples(specification: Path) -> list[Example]:
    """Return the examples of CommonMark's `spec.txt`."""
    examples: list[Example] = []
    section = ""
    text = specification.read_text("utf-8")
    fence = "`" * 32
    pattern = re.compile(
        rf"^{fence} example\n(.*?)^\.\n(.*?)^{fence}$|^#+ ([^\n]*)$",
        re.MULTILINE | re.DOTALL,
    )
    for match in pattern.finditer(text.replace("→", "\t")):
        if match[3] is not None:
            section = match[3]
            continue
        examples.append(Example(len(examples) + 1, section, match[1], match[2]))
    return examples
