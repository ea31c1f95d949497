"""Random briefs in which every word is unique, so that each can be found on the pages.

A word of the body is `B` and letters, a word of a note is `N` and letters.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from string import Template
from xml.etree.ElementTree import Element, SubElement

from briefpress.model import Document, Note

LETTERS = "abcdefghijklmnopqrstuvwxyz"

Count = Callable[[], int]  # draws a number at random


def unique_word(kind: str, number: int) -> str:
    """Return the word with a number: a capital, then letters that count."""
    letters = ""
    while number or len(letters) < 2:
        number, digit = divmod(number, 26)
        letters = LETTERS[digit] + letters
    return kind + letters


@dataclass
class RandomBrief:
    """A brief, and what a reader of its pages must know."""

    document: Document
    css: str
    body: list[str]  # the words of the body in their order
    repeated: set[str]  # words of table heads, which later pages of a table repeat
    notes: list[list[str]]  # the words of each note
    called_after: list[str]  # for each note, the word before its first call
    called_in: list[int | None]  # for each note, the note that calls it, or None
    theme: str = ""  # a theme of the repository, instead of `css`


@dataclass
class BriefWriter:
    """Writes the parts of one random brief."""

    dice: random.Random
    wanted: int  # notes
    nested: bool = True  # whether notes may call notes
    words: int = 0
    notes: list[Note | None] = field(default_factory=list)
    note_words: list[list[str]] = field(default_factory=list)
    called_after: list[str] = field(default_factory=list)
    called_in: list[int | None] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    repeated: set[str] = field(default_factory=set)
    ids: int = 0
    length: Count = lambda: 20  # of the next note, in words

    def next_id(self) -> str:
        """Return the id of the next block."""
        self.ids += 1
        return f"b{self.ids}"

    def document(self, body: Element, title: str = "T") -> Document:
        """Return the document with all notes that were written."""
        notes = tuple(note for note in self.notes if note is not None)
        return Document(
            title=title,
            subtitle="",
            lang="en",
            body=body,
            summary=None,
            takeaways=(),
            outline=(),
            notes=notes,
            figures=(),
            assets=(),
            words=self.words,
        )

    def prose(
        self,
        parent: Element,
        count: int,
        calls: int,
        into: list[str],
        *,
        kind: str = "B",
        owner: int | None = None,
    ) -> None:
        """Fill an element with `count` words and, spread over them, calls."""
        places = sorted(self.dice.choices(range(count), k=calls))
        last: Element | None = None
        text = ""
        for index in range(count):
            word = unique_word(kind, self.words)
            self.words += 1
            into.append(word)
            text += word
            calls_here = places.count(index)
            for nth in range(calls_here):
                _append_text(parent, last, text)
                last = self.call(parent, word, owner)
                text = ", " if nth + 1 < calls_here else ""
            text += " "
        _append_text(parent, last, text.rstrip())

    def call(self, parent: Element, after: str, owner: int | None) -> Element:
        """Add a call, and write its note."""
        number = len(self.notes) + 1
        self.notes.append(None)
        self.note_words.append([])
        self.called_after.append(after)
        self.called_in.append(owner)
        attributes = {
            "class": "call",
            "id": f"call-{number}",
            "href": f"#note-{number}",
            "role": "doc-noteref",
        }
        call = SubElement(parent, "a", attributes)
        call.text = str(number)
        body = self.note(number, owner)
        self.notes[number - 1] = Note(f"l{number}", number, body, (f"call-{number}",))
        return call

    def note(self, number: int, owner: int | None) -> Element:
        """Return a footnote body: a paragraph, or several with other blocks between."""
        body = Element("div")
        words = self.note_words[number - 1]
        length = self.length() if owner is None else min(self.length(), 40)
        may_call = self.nested and owner is None and length > 8
        calls = 1 if may_call and self.dice.random() < 0.04 else 0
        is_simple = length < 25 or self.dice.random() < 0.75
        parts = 1 if is_simple else self.dice.randint(2, 4)
        for part in range(parts):
            tag = "p"
            if part > 0:
                tag = self.dice.choice(["p", "ul", "blockquote", "pre", "table"])
            calls_here = calls if part == 0 else 0
            count = max(2, length // parts)
            self.note_block(body, tag, count, words, number, calls_here)
        return body

    def note_block(
        self,
        body: Element,
        tag: str,
        count: int,
        words: list[str],
        number: int,
        calls: int,
    ) -> None:
        """Add a block to a note."""
        block = SubElement(body, tag, {"id": f"note-{number}-b{len(body) + 1}"})
        if tag == "ul":
            for _ in range(3):
                item = SubElement(block, "li")
                self.prose(item, max(1, count // 3), 0, words, kind="N")
        elif tag == "table":
            rows = SubElement(block, "tbody")
            for _ in range(3):
                row = SubElement(rows, "tr")
                for _ in range(2):
                    cell = SubElement(row, "td")
                    self.prose(cell, max(1, count // 6), 0, words, kind="N")
        elif tag == "blockquote":
            self.prose(SubElement(block, "p"), count, 0, words, kind="N")
        elif tag == "pre":
            self.prose(SubElement(block, "code"), min(count, 30), 0, words, kind="N")
        else:
            owner = number if calls else None
            self.prose(block, count, calls, words, kind="N", owner=owner)

    def block(self, parent: Element) -> None:
        """Add a random block to the body."""
        dice = self.dice
        kind = dice.choices(list(BLOCKS), weights=list(BLOCKS.values()))[0]

        def calls() -> int:
            return dice.choice((0, 0, 1, 1, 2)) if len(self.notes) < self.wanted else 0

        getattr(self, f"_{kind}")(parent, calls)

    def _text(self, parent: Element, tag: str, count: int, calls: int) -> Element:
        """Add an element of the body with an id, words and calls."""
        element = SubElement(parent, tag, id=self.next_id())
        self.prose(element, count, calls, self.body)
        return element

    def _p(self, parent: Element, calls: Count) -> None:
        count = calls()
        if count and self.dice.random() < 0.06:
            count = self.dice.randint(3, 5)
            element = SubElement(parent, "p", id=self.next_id())
            self.prose(element, self.dice.randint(6, 12), count, self.body)
            return
        element = SubElement(parent, "p", id=self.next_id())
        self.prose(element, self.dice.randint(8, 130), count, self.body)

    def _h2(self, parent: Element, calls: Count) -> None:
        tag = "h2"
        if parent.find("h2") is not None:
            tag = self.dice.choice(["h2", "h3"])
        self._text(parent, tag, 4, min(calls(), 1))
        self._p(parent, calls)

    def _ul(self, parent: Element, calls: Count) -> None:
        block = SubElement(parent, self.dice.choice(["ul", "ol"]))
        for _ in range(self.dice.randint(2, 5)):
            item = SubElement(block, "li", id=self.next_id())
            self.prose(item, self.dice.randint(3, 30), calls(), self.body)
            if self.dice.random() < 0.2:
                self._text(SubElement(block[-1], "ul"), "li", 8, calls())

    def _blockquote(self, parent: Element, calls: Count) -> None:
        block = SubElement(parent, "blockquote", id=self.next_id())
        paragraph = SubElement(block, "p", id=self.next_id())
        self.prose(paragraph, self.dice.randint(10, 60), calls(), self.body)
        footer = SubElement(block, "footer", {"class": "source", "id": self.next_id()})
        self.prose(footer, 3, calls(), self.body)

    def _dl(self, parent: Element, calls: Count) -> None:
        block = SubElement(parent, "dl")
        for _ in range(2):
            self._text(block, "dt", 2, min(calls(), 1))
            definition = SubElement(block, "dd", id=self.next_id())
            self.prose(definition, self.dice.randint(5, 30), calls(), self.body)

    def _table(self, parent: Element, calls: Count) -> None:
        figure = SubElement(parent, "figure", {"class": "table", "id": self.next_id()})
        caption = SubElement(figure, "figcaption")
        attributes = {"class": "headline", "id": self.next_id()}
        headline = SubElement(caption, "p", attributes)
        self.prose(headline, 5, min(calls(), 1), self.body)
        table = SubElement(SubElement(figure, "div", {"class": "scroll"}), "table")
        head = SubElement(SubElement(table, "thead"), "tr")
        rows = SubElement(table, "tbody")
        start = len(self.body)
        for _ in range(3):
            self._text(head, "th", 1, min(calls(), 1))
        self.repeated.update(self.body[start:])
        for _ in range(self.dice.randint(2, 14)):
            row = SubElement(rows, "tr")
            for _ in range(3):
                cell = SubElement(row, "td", id=self.next_id())
                count = self.dice.randint(1, 6)
                self.prose(cell, count, calls() // 2, self.body)

    def _callout(self, parent: Element, calls: Count) -> None:
        attributes = {"class": "callout case", "id": self.next_id()}
        block = SubElement(parent, "div", attributes)
        attributes = {"class": "callout-title", "id": self.next_id()}
        title = SubElement(block, "p", attributes)
        self.prose(title, 3, min(calls(), 1), self.body)
        for _ in range(self.dice.randint(1, 3)):
            paragraph = SubElement(block, "p", id=self.next_id())
            self.prose(paragraph, self.dice.randint(10, 60), calls(), self.body)

    def _flex(self, parent: Element, calls: Count) -> None:
        block = SubElement(parent, "div", {"class": "flex", "id": self.next_id()})
        for _ in range(2):
            paragraph = SubElement(block, "p", id=self.next_id())
            self.prose(paragraph, self.dice.randint(5, 25), calls(), self.body)


def _append_text(parent: Element, last: Element | None, text: str) -> None:
    """Add text at the end of an element: behind its last child, if it has one."""
    if last is None:
        parent.text = (parent.text or "") + text
    else:
        last.tail = (last.tail or "") + text


BLOCKS = {
    "p": 60,
    "h2": 12,
    "ul": 8,
    "blockquote": 5,
    "dl": 4,
    "table": 5,
    "callout": 4,
    "flex": 2,
}


def _short(dice: random.Random) -> int:
    return dice.randint(2, 40)


def _usual(dice: random.Random) -> int:
    return min(900, max(2, int(dice.lognormvariate(3.2, 0.8))))


def _long(dice: random.Random) -> int:
    return dice.choice(
        (dice.randint(2, 30), dice.randint(2, 60), dice.randint(40, 300))
    )


def _wild(dice: random.Random) -> int:
    return dice.choice(
        (dice.randint(2, 60), dice.randint(2, 60), dice.randint(60, 900))
    )


LENGTHS = (_short, _usual, _long, _wild)  # of notes, in words


def random_brief(seed: int, wanted: int = 60) -> RandomBrief:
    """Return a random brief with about so many notes, and a style for its pages."""
    dice = random.Random(seed)  # noqa: S311 - to be the same again, not to be secret
    writer = BriefWriter(dice, wanted)
    length = dice.choice(LENGTHS)
    writer.length = lambda: length(dice)
    if length is _wild:
        writer.wanted = wanted // 2
    body = Element("div")
    while len(writer.notes) < writer.wanted:
        writer.block(body)
    css = random_style(dice)
    theme = dice.choice(("", "", "plain", "civic"))
    return RandomBrief(
        document=writer.document(body, "Title"),
        css=css,
        body=writer.body,
        repeated=writer.repeated,
        notes=writer.note_words,
        called_after=writer.called_after,
        called_in=writer.called_in,
        theme=theme,
    )


COLUMNS = (
    "",
    "",
    "columns:2;column-gap:6mm;column-fill:auto",
    "columns:2;column-gap:6mm",
)
STYLE = """
@page { size: $size; margin: $margin;
  @footnote { border-top: .5pt solid; padding-top: 3pt; margin-top: 8pt } }
html { font-family: "Source Serif 4", "Source Sans 3"; font-size: 10pt;
  line-height: 1.4 }
body { margin: 0 } .body { $columns }
p, li, dd { orphans: $orphans; widows: $widows; text-align: $align; margin: 0 0 $after }
h2, h3 { break-after: avoid } tr { break-inside: $rows } figure { margin: 6pt 0 }
blockquote { margin: 6pt 12pt } table { width: 100% }
.callout { padding: 6pt; border: .5pt solid; margin: 6pt 0 }
.flex { display: flex; gap: 5mm } .flex p { flex: 1 }
.fn { font-size: 8pt; line-height: 1.3 } .fn p { orphans: 2; widows: 2 }
.call { vertical-align: super; font-size: 70%; line-height: 0 }
a { color: inherit; text-decoration: none } pre { white-space: pre-wrap }
ul { list-style: disc }
"""


def random_style(dice: random.Random) -> str:
    """Return a random style: paper, columns, orphans and widows, alignment."""
    return Template(STYLE).substitute(
        columns=dice.choice(COLUMNS),
        size=dice.choice(("A5", "A4", "Letter")),
        margin=dice.choice(("15mm", "20mm", "25mm")),
        orphans=dice.randint(2, 4),
        widows=dice.randint(2, 4),
        align=dice.choice(("left", "justify")),
        after=dice.choice(("0", "5pt")),
        rows=dice.choice(("auto", "avoid")),
    )


def random_briefs(first: int, notes: int) -> Iterator[tuple[int, RandomBrief]]:
    """Yield random briefs with their seeds, until they have so many notes."""
    seed = first
    while notes > 0:
        brief = random_brief(seed)
        yield seed, brief
        notes -= len(brief.notes)
        seed += 1
