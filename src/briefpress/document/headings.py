"""Headings, ids and numbers: what the outline, links and lists of figures refer to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from slugify import slugify

from briefpress.document.blocks import copy_position
from briefpress.document.context import ParseContext
from briefpress.model import Figure, Heading
from briefpress.xhtml import BLOCK_ELEMENTS, is_call, own_texts, remove, text_of

LEVELS = {f"h{level}": level for level in range(1, 7)}
TITLE_ID = "title"  # which themes give the title of a page
MAX_ID = 60  # characters of an id that is made of words
MAX_LABEL = 100  # characters of an `aria-label`
_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]*\Z")
_RESERVED_ID = re.compile(
    r"""
    (?: note | call | page )-.*
    | (?: b | figure- | table- )\d.*\Z
    # Parts of a page that themes have around the body.
    | (?:
        title
        | notes (?:-heading)?
        | related
        | corrections
        | citation
        | contact
        | rights
        | summary
        | takeaways
        | about-(?: authors | program )
        | cover-title
        | briefs
        | others
        | collections
    )\Z
    """,
    re.VERBOSE,
)
_NOT_IN_GITHUB_ID = re.compile(r"[^\w\- ]")
_NOT_IN_PANDOC_ID = re.compile(r"[^\w\-. ]")
_BEFORE_LETTER = re.compile(r"\A[\W\d_]+")
# Blocks that have an id although they contain only other blocks.
_GROUPS = frozenset(("div", "section", "details", "aside"))
_ALWAYS_NAMED = frozenset(("blockquote", "figure"))


def normalise_headings(root: Element, context: ParseContext) -> None:
    """Set the levels of the body's headings: from h2 down, without a gap.

    Headings that an author wrote with one level have one level.

    Headings inside quotations, lists and boxes become bold paragraphs, because they
    are not part of the outline.
    """
    # The headings that contain the next one: their written and their new levels.
    outer: list[tuple[int, int]] = []
    # A single heading of level 1 repeats the title; several are parts of the brief.
    found = list(_outline_headings(root))
    has_parts = sum(heading.tag == "h1" for _, heading in found) > 1
    in_outline: set[Element] = set()
    for parent, heading in found:
        if not text_of(heading):
            context.warn("H03", "the heading has no text", heading)
            remove(parent, heading)
            continue
        in_outline.add(heading)
        written_level = LEVELS[heading.tag]
        while outer and outer[-1][0] >= written_level:
            outer.pop()
        above, level_above = outer[-1] if outer else (1, 1)
        level = level_above + 1
        _report_level(heading, written_level, above, level, context)
        if written_level > 1 or has_parts:
            outer.append((written_level, level))
        heading.tag = f"h{level}"
    headings = _headings_in(root)
    others = [heading for heading in headings if heading not in in_outline]
    _make_bold(others, context)


def remove_repeated_title(root: Element, context: ParseContext) -> None:
    """Remove a heading at the start that is the title of the front matter."""
    title = " ".join(context.brief.title.split())
    for block in root:
        words = text_of(block, skip=_is_call_or_box)
        if (
            block.tag == "h1"
            and not len(block)
            and words.casefold() == title.casefold()
        ):
            remove(root, block)
        if words:
            return


def _outline_headings(root: Element) -> Iterator[tuple[Element, Element]]:
    """Yield the headings that are part of the outline, each with its parent.

    They are at the top, or in boxes of raw HTML that only group blocks.
    """
    for child in list(root):
        if child.tag in LEVELS:
            yield root, child
        elif child.tag in _GROUPS and not _has_class(child, "callout"):
            yield from _outline_headings(child)


def _report_level(
    heading: Element, written_level: int, above: int, level: int, context: ParseContext
) -> None:
    """Report a heading that has the level of the title, or leaves a gap."""
    signs = "#" * level
    fix = f"begin it with `{signs}`"
    if written_level == 1:
        message = "only the title is a heading of level 1"
        context.warn("H01", message, heading, fix=fix)
    elif written_level > above + 1:
        message = f"a heading of level {written_level} follows one of level {above}"
        context.warn("H02", message, heading, fix=fix)


def demote_headings(root: Element, context: ParseContext) -> None:
    """Make bold paragraphs of a note's headings: it is not part of the outline."""
    _make_bold(_headings_in(root), context)


def outline_of(body: Element) -> Iterator[Heading]:
    """Yield the headings of the body."""
    for _, element in _outline_headings(body):
        level = LEVELS[element.tag]
        name = element.get("id", "")
        yield Heading(level, name, _words_of(element))


def count_words(tree: Element) -> int:
    """Return the number of words that a reader sees, so without the data of figures."""
    text = text_of(tree, skip=_is_call_or_data)
    return len(text.split())


def number_figures(
    body: Element, ids: IdRegistry, context: ParseContext
) -> Iterator[Figure]:
    """Number figures and tables in document order, and yield them."""
    language = context.language
    counts = {"figure": 0, "table": 0}
    for figure in body.iter("figure"):
        kind, *other_classes = figure.get("class", "").split()
        is_plain = other_classes[:1] == ["plain"]
        label = None if is_plain else _empty_label(figure)
        if label is None:
            _name_data(figure, "", context)
            continue
        counts[kind] += 1
        number = counts[kind]
        is_table = kind == "table"
        title = language.table(number) if is_table else language.figure(number)
        label.text = title
        ids.give(figure, f"{kind}-{number}")
        name = figure.get("id", "")
        caption = next(figure.iter("figcaption"))
        headline = text_of(caption[0], skip=_is_call_or_label)
        yield Figure(kind, number, name, headline)
        for details in _data_of(figure):
            ids.give(details, f"{name}-data")
        _name_data(figure, title, context)


def _data_of(figure: Element) -> Iterator[Element]:
    """Yield the elements with the data of a figure."""
    for details in figure.iter("details"):
        if details.get("class") == "data":
            yield details


def _name_data(figure: Element, title: str, context: ParseContext) -> None:
    """Write the title of a figure into the summary of its data."""
    for details in _data_of(figure):
        summary = details[0]
        summary.text = context.language.data(title)


@dataclass(slots=True)
class IdRegistry:
    """The ids of one document. Each is given once."""

    context: ParseContext
    elements: dict[str, Element] = field(default_factory=dict)  # by id
    # Other names for elements: what an author wrote, and what GitHub and Pandoc make.
    explicit: dict[str, Element] = field(default_factory=dict)
    github: dict[str, Element] = field(default_factory=dict)
    pandoc: dict[str, Element] = field(default_factory=dict)
    # The last suffix that was tried for words that occur again.
    suffixes: dict[str, int] = field(default_factory=dict)

    def register(self, root: Element) -> None:
        """Keep the author's ids that are valid and free; report and remove others."""
        for element in root.iter():
            name = element.get("id")
            if name is None or is_call(element):
                continue
            self.explicit.setdefault(name, element)
            if self._report_problem(name, element):
                del element.attrib["id"]
            else:
                self.elements[name] = element

    def register_names(self, headings: Iterable[tuple[Element, str]]) -> None:
        """Remember the ids that GitHub and Pandoc would give headings."""
        on_github: Counter[str] = Counter()
        in_pandoc: Counter[str] = Counter()
        for element, words in headings:
            github_id = _github_id(words)
            _add_name(self.github, on_github, github_id, element)
            pandoc_id = _pandoc_id(words)
            _add_name(self.pandoc, in_pandoc, pandoc_id, element)

    def register_title(self, words: str) -> None:
        """Let links to the title, or to the top of the page, find the title."""
        title = Element("h1", {"id": TITLE_ID})
        title.text = words
        for name in ("", "top", _github_id(words)):
            self.github.setdefault(name, title)
        self.pandoc.setdefault(_pandoc_id(words), title)

    def find(self, name: str) -> Element | None:
        """Return the element that a link to `#name` means, if there is one.

        The author's own ids come first, then those that GitHub would give.
        """
        plain = name.removeprefix("user-content-")
        for known in (self.explicit, self.github, self.elements, self.pandoc):
            if plain in known:
                return known[plain]
        folded = plain.casefold()
        # GitHub makes a hyphen of the space before a picture at the end of a heading.
        for written in (folded, folded.rstrip("-")):
            found = self.github.get(written, self.elements.get(written))
            if found is not None:
                return found
        return None

    def name_of(self, element: Element, written: str) -> str:
        """Return the id of an element, which gets one if it has none."""
        if self.elements.get(written) is element:
            return written
        if "id" not in element.attrib:
            name = self.free_id(written)
            self.give(element, name)
        return element.get("id", "")

    def give(self, element: Element, name: str) -> None:
        """Give an element an id, unless it has one."""
        if "id" in element.attrib:
            return
        # The id is the first attribute, because people look for it in the source.
        attributes = dict(element.attrib)
        element.attrib.clear()
        element.attrib.update({"id": name, **attributes})
        self.elements[name] = element

    def give_ids(self, root: Element, prefix: str) -> None:
        """Give ids to headings, and numbered ids to other blocks that contain text."""
        for heading in _headings_in(root):
            name = self.free_id(_words_of(heading))
            self.give(heading, name)
        count = 0
        for element in root.iter():
            if element is root or "id" in element.attrib:
                continue
            if _needs_id(element):
                count += 1
                self.give(element, f"{prefix}{count}")
        _label_regions(root)

    def free_id(self, words: str) -> str:
        """Return an id made of words that no element has."""
        name = slugify(words, max_length=MAX_ID, word_boundary=True) or "section"
        if not _ID.match(name) or _RESERVED_ID.match(name):
            name = f"s-{name}"
        suffix = self.suffixes.get(name, 1)
        free = name if suffix == 1 else f"{name}-{suffix}"
        while free in self.elements:
            suffix += 1
            free = f"{name}-{suffix}"
        self.suffixes[name] = suffix
        return free

    def _report_problem(self, name: str, element: Element) -> bool:
        """Report what is wrong with an author's id. Return whether anything is."""
        if not _ID.match(name):
            code = "I01"
            message = f"the id `{name}` is not allowed; another one replaces it"
            fix = f"write `{self.free_id(name)}`"
        elif _RESERVED_ID.match(name):
            code = "I02"
            message = f"the id `{name}` is reserved; another one replaces it"
            fix = f"write `{self.free_id(name)}`"
        elif name in self.elements:
            code = "I03"
            message = f"the id `{name}` is used twice; the first place keeps it"
            line = self.context.position_of(self.elements[name])[0]
            fix = "rename one of them"
            if line:
                fix += f"; the first is on line {line}"
        else:
            return False
        self.context.warn(code, message, element, f"#{name}", name, fix=fix)
        return True


def check_headers_of_cells(root: Element, context: ParseContext) -> None:
    """Keep `headers` of cells only if each of its ids is a header cell of the table."""
    for table in root.iter("table"):
        header_ids = {cell.get("id") for cell in table.iter("th")}
        for cell in table.iter():
            written = cell.get("headers")
            if written is None:
                continue
            names = written.split()
            if names and header_ids.issuperset(names):
                continue
            message = (
                f"`headers` of `<{cell.tag}>` cannot be `{written}`, and was removed"
            )
            context.warn("D09", message, cell, "headers")
            del cell.attrib["headers"]


def heading_words(root: Element) -> list[tuple[Element, str]]:
    """Return the headings of a tree with the words of the source."""
    return [(heading, _words_of(heading)) for heading in _headings_in(root)]


def _words_of(heading: Element) -> str:
    """Return the words of a heading.

    The box of a picture that is not shown has none, unless it is alone.
    """
    words = text_of(heading, skip=_is_call_or_box)
    return words or text_of(heading, skip=is_call)


def _github_id(words: str) -> str:
    """Return the id that GitHub makes of a heading's words."""
    kept = _NOT_IN_GITHUB_ID.sub("", words.lower())
    return kept.replace(" ", "-")


def _pandoc_id(words: str) -> str:
    """Return the id that Pandoc makes of a heading's words."""
    kept = _NOT_IN_PANDOC_ID.sub("", words.lower())
    joined = "-".join(kept.split())
    return _BEFORE_LETTER.sub("", joined) or "section"


def _add_name(
    names: dict[str, Element], used: Counter[str], name: str, element: Element
) -> None:
    """Add a name, with a number if others have it already."""
    free = name
    while free in names:
        used[name] += 1
        free = f"{name}-{used[name]}"
    names[free] = element


def holds_text(element: Element) -> bool:
    """Return whether an element is a block with text of its own."""
    if element.tag not in BLOCK_ELEMENTS:
        return False
    if any(text.strip() for text in own_texts(element)):
        return True
    phrases = [child for child in element if child.tag not in BLOCK_ELEMENTS]
    return any(text_of(phrase) for phrase in phrases)


def _headings_in(root: Element) -> list[Element]:
    """Return the headings of a tree, also those within other blocks."""
    return [element for element in root.iter() if element.tag in LEVELS]


def _make_bold(headings: Iterable[Element], context: ParseContext) -> None:
    """Turn headings into bold paragraphs, and report them."""
    for heading in headings:
        message = "a heading is inside a note, a list, a quotation or a box"
        context.warn("H04", message, heading, fix="write it in `**bold**`")
        strong = Element("strong")
        strong.text = heading.text
        strong[:] = list(heading)
        heading.tag = "p"
        heading.text = None
        heading[:] = [strong]
        copy_position(strong, heading, 0, context)


def _empty_label(figure: Element) -> Element | None:
    """Return the label of a figure that waits for its number."""
    for element in figure.iter("span"):
        is_label = element.get("class") == "label"
        if is_label and not element.text:
            return element
    return None


def _is_call_or_box(element: Element) -> bool:
    if element.get("class") == "unshown":
        return True
    return is_call(element)


def _is_call_or_label(element: Element) -> bool:
    if element.get("class") == "label":
        return True
    return is_call(element)


def _is_call_or_data(element: Element) -> bool:
    if element.tag == "details":
        return element.get("class") == "data"
    return is_call(element)


def _needs_id(element: Element) -> bool:
    """Return whether an element that is not a heading gets an id."""
    if element.tag in _ALWAYS_NAMED:
        return True
    if _has_class(element, "callout"):
        return True
    return holds_text(element)


def _has_class(element: Element, name: str) -> bool:
    classes = element.get("class", "").split()
    return name in classes


def _label_regions(root: Element) -> None:
    """Set `aria-labelledby` of boxes and scrolling regions, or else `aria-label`."""
    for element in root.iter():
        if _has_class(element, "callout") and len(element):
            title = element[0]
            element.set("aria-labelledby", title.get("id", ""))
        for region in element:
            if region.get("class") == "scroll":
                _label_region(region, element[0])


def _label_region(region: Element, first: Element) -> None:
    """Label a region by the caption or summary that is the first of its siblings."""
    name = ""
    if first.tag == "summary":
        name = first.get("id", "")
    elif first is not region and len(first):
        name = first[0].get("id", "")
    if name:
        region.set("aria-labelledby", name)
        return
    first_row = next(region.iter("tr"), region)
    words = text_of(first_row, skip=is_call)
    region.set("aria-label", words[:MAX_LABEL])
