"""Random briefs for the press: every word is told from every other, so that a judge can look for each on the page.

A word of the body is `B` and letters, a word of note 12 is `N` and letters; where it stands is known from its number.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from string import Template
from xml.etree.ElementTree import Element, SubElement

from briefpress.model import Document, Note

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word(kind: str, number: int) -> str:
    """Return the word with that number: a capital, and letters that count."""
    letters = ""
    while number or len(letters) < 2:
        number, digit = divmod(number, 26)
        letters = LETTERS[digit] + letters
    return kind + letters


@dataclass
class Dealt:
    """A brief, and what the judge must know of it."""

    document: Document
    css: str
    body: list[str]  # the words of the body in their order
    repeated: set[
        str
    ]  # those of table heads, which come again on every page of their table
    notes: list[list[str]]  # the words of each note
    called_after: list[str]  # for each note, the word that its first call follows
    inside: list[int | None]  # for each note, the note that calls it first, or None
    theme: str = ""  # a theme of the house, in place of `css`


@dataclass
class Dealer:
    """Deals the parts of one brief."""

    dice: random.Random
    wanted: int  # notes
    nested: bool = True
    words: int = 0
    notes: list[Note | None] = field(default_factory=list)
    note_words: list[list[str]] = field(default_factory=list)
    called_after: list[str] = field(default_factory=list)
    inside: list[int | None] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    repeated: set[str] = field(default_factory=set)
    ids: int = 0
    length: Callable[[], int] = lambda: 20

    def id(self) -> str:
        """Return the next id of a block."""
        self.ids += 1
        return f"b{self.ids}"

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
        where = sorted(self.dice.choices(range(count), k=calls))
        last: Element | None = None
        text = ""
        for index in range(count):
            said = word(kind, self.words)
            self.words += 1
            into.append(said)
            text += said
            here = where.count(index)
            for nth in range(here):
                if last is None:
                    parent.text = (parent.text or "") + text
                else:
                    last.tail = (last.tail or "") + text
                last = self.call(parent, said, owner)
                text = ", " if nth + 1 < here else ""
            text += " "
        if last is None:
            parent.text = (parent.text or "") + text.rstrip()
        else:
            last.tail = (last.tail or "") + text.rstrip()

    def call(self, parent: Element, after: str, owner: int | None) -> Element:
        """Set a call to a new note."""
        number = len(self.notes) + 1
        self.notes.append(None)
        self.note_words.append([])
        self.called_after.append(after)
        self.inside.append(owner)
        call = SubElement(
            parent,
            "a",
            {
                "class": "call",
                "id": f"call-{number}",
                "href": f"#note-{number}",
                "role": "doc-noteref",
            },
        )
        call.text = str(number)
        self.notes[number - 1] = Note(
            f"l{number}", number, self.note(number, owner), (f"call-{number}",)
        )
        return call

    def note(self, number: int, owner: int | None) -> Element:
        """Return what a note says: a paragraph, or several with lists, tables and code between."""
        body = Element("div")
        into = self.note_words[number - 1]
        length = self.length() if owner is None else min(self.length(), 40)
        calls = (
            1
            if self.nested
            and owner is None
            and length > 8
            and self.dice.random() < 0.04
            else 0
        )
        parts = (
            1 if length < 25 or self.dice.random() < 0.75 else self.dice.randint(2, 4)
        )
        for part in range(parts):
            tag = (
                "p"
                if part == 0
                else self.dice.choice(["p", "ul", "blockquote", "pre", "table"])
            )
            self.part(
                body,
                tag,
                max(2, length // parts),
                into,
                number,
                calls if part == 0 else 0,
            )
        return body

    def part(
        self,
        body: Element,
        tag: str,
        count: int,
        into: list[str],
        number: int,
        calls: int,
    ) -> None:
        """Add a block to a note."""
        block = SubElement(body, tag, {"id": f"note-{number}-b{len(body) + 1}"})
        if tag == "ul":
            for _ in range(3):
                self.prose(
                    SubElement(block, "li"), max(1, count // 3), 0, into, kind="N"
                )
        elif tag == "table":
            rows = SubElement(block, "tbody")
            for _ in range(3):
                row = SubElement(rows, "tr")
                for _ in range(2):
                    self.prose(
                        SubElement(row, "td"), max(1, count // 6), 0, into, kind="N"
                    )
        elif tag == "blockquote":
            self.prose(SubElement(block, "p"), count, 0, into, kind="N")
        elif tag == "pre":
            self.prose(SubElement(block, "code"), min(count, 30), 0, into, kind="N")
        else:
            self.prose(
                block, count, calls, into, kind="N", owner=number if calls else None
            )

    def block(self, parent: Element) -> None:
        """Add a random block to the body."""
        dice = self.dice
        kind = dice.choices(list(BLOCKS), weights=list(BLOCKS.values()))[0]

        def some() -> int:
            return dice.choice((0, 0, 1, 1, 2)) if len(self.notes) < self.wanted else 0

        getattr(self, f"_{kind}")(parent, some)

    def _p(self, parent: Element, some: Callable[[], int]) -> None:
        many = some()
        if many and self.dice.random() < 0.06:
            many = self.dice.randint(3, 5)
            self.prose(
                SubElement(parent, "p", id=self.id()),
                self.dice.randint(6, 12),
                many,
                self.body,
            )
            return
        self.prose(
            SubElement(parent, "p", id=self.id()),
            self.dice.randint(8, 130),
            many,
            self.body,
        )

    def _h2(self, parent: Element, some: Callable[[], int]) -> None:
        tag = self.dice.choice(["h2", "h3"]) if parent.find("h2") is not None else "h2"
        self.prose(SubElement(parent, tag, id=self.id()), 4, min(some(), 1), self.body)
        self._p(parent, some)

    def _ul(self, parent: Element, some: Callable[[], int]) -> None:
        block = SubElement(parent, self.dice.choice(["ul", "ol"]))
        for _ in range(self.dice.randint(2, 5)):
            item = SubElement(block, "li", id=self.id())
            self.prose(item, self.dice.randint(3, 30), some(), self.body)
            if self.dice.random() < 0.2:
                inner = SubElement(block[-1], "ul")
                self.prose(SubElement(inner, "li", id=self.id()), 8, some(), self.body)

    def _blockquote(self, parent: Element, some: Callable[[], int]) -> None:
        block = SubElement(parent, "blockquote", id=self.id())
        self.prose(
            SubElement(block, "p", id=self.id()),
            self.dice.randint(10, 60),
            some(),
            self.body,
        )
        self.prose(
            SubElement(block, "footer", {"class": "source", "id": self.id()}),
            3,
            some(),
            self.body,
        )

    def _dl(self, parent: Element, some: Callable[[], int]) -> None:
        block = SubElement(parent, "dl")
        for _ in range(2):
            self.prose(
                SubElement(block, "dt", id=self.id()), 2, min(some(), 1), self.body
            )
            self.prose(
                SubElement(block, "dd", id=self.id()),
                self.dice.randint(5, 30),
                some(),
                self.body,
            )

    def _table(self, parent: Element, some: Callable[[], int]) -> None:
        figure = SubElement(parent, "figure", {"class": "table", "id": self.id()})
        caption = SubElement(figure, "figcaption")
        self.prose(
            SubElement(caption, "p", {"class": "headline", "id": self.id()}),
            5,
            min(some(), 1),
            self.body,
        )
        table = SubElement(SubElement(figure, "div", {"class": "scroll"}), "table")
        head, rows = (
            SubElement(SubElement(table, "thead"), "tr"),
            SubElement(table, "tbody"),
        )
        start = len(self.body)
        for _ in range(3):
            self.prose(
                SubElement(head, "th", id=self.id()), 1, min(some(), 1), self.body
            )
        self.repeated.update(self.body[start:])
        for _ in range(self.dice.randint(2, 14)):
            row = SubElement(rows, "tr")
            for _ in range(3):
                self.prose(
                    SubElement(row, "td", id=self.id()),
                    self.dice.randint(1, 6),
                    some() // 2,
                    self.body,
                )

    def _callout(self, parent: Element, some: Callable[[], int]) -> None:
        block = SubElement(parent, "div", {"class": "callout case", "id": self.id()})
        self.prose(
            SubElement(block, "p", {"class": "callout-title", "id": self.id()}),
            3,
            min(some(), 1),
            self.body,
        )
        for _ in range(self.dice.randint(1, 3)):
            self.prose(
                SubElement(block, "p", id=self.id()),
                self.dice.randint(10, 60),
                some(),
                self.body,
            )

    def _flex(self, parent: Element, some: Callable[[], int]) -> None:
        block = SubElement(parent, "div", {"class": "flex", "id": self.id()})
        for _ in range(2):
            self.prose(
                SubElement(block, "p", id=self.id()),
                self.dice.randint(5, 25),
                some(),
                self.body,
            )


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

LENGTHS: tuple[tuple[str, Callable[[random.Random], int]], ...] = (
    ("short", lambda dice: dice.randint(2, 40)),
    ("usual", lambda dice: min(900, max(2, int(dice.lognormvariate(3.2, 0.8))))),
    (
        "long",
        lambda dice: dice.choice(
            (dice.randint(2, 30), dice.randint(2, 60), dice.randint(40, 300))
        ),
    ),
    (
        "wild",
        lambda dice: dice.choice(
            (dice.randint(2, 60), dice.randint(2, 60), dice.randint(60, 900))
        ),
    ),
)


def deal(seed: int, wanted: int = 60) -> Dealt:
    """Return a random brief with about that many notes, and a style for its pages."""
    dice = random.Random(seed)  # noqa: S311 - to be the same again, not to be secret
    dealer = Dealer(dice, wanted)
    name, length = dice.choice(LENGTHS)
    dealer.length = lambda: length(dice)
    if name == "wild":
        dealer.wanted = wanted // 2
    body = Element("div")
    while len(dealer.notes) < dealer.wanted:
        dealer.block(body)
    notes = tuple(note for note in dealer.notes if note is not None)
    document = Document(
        "Title", "", "en", body, None, (), (), notes, (), (), dealer.words
    )
    css, theme = style(dice), dice.choice(("", "", "plain", "civic"))
    return Dealt(
        document,
        css,
        dealer.body,
        dealer.repeated,
        dealer.note_words,
        dealer.called_after,
        dealer.inside,
        theme,
    )


COLUMNS = (
    "",
    "",
    "columns:2;column-gap:6mm;column-fill:auto",
    "columns:2;column-gap:6mm",
)
STYLE = """
@page{size:$size;margin:$margin;@footnote{border-top:.5pt solid;padding-top:3pt;margin-top:8pt}}
html{font-family:"Source Serif 4","Source Sans 3";font-size:10pt;line-height:1.4}
body{margin:0} .body{$columns}
p,li,dd{orphans:$orphans;widows:$widows;text-align:$align;margin:0 0 $after}
h2,h3{break-after:avoid} tr{break-inside:$rows} figure{margin:6pt 0} blockquote{margin:6pt 12pt} table{width:100%}
.callout{padding:6pt;border:.5pt solid;margin:6pt 0} .flex{display:flex;gap:5mm} .flex p{flex:1}
.fn{font-size:8pt;line-height:1.3} .fn p{orphans:2;widows:2} .call{vertical-align:super;font-size:70%;line-height:0}
a{color:inherit;text-decoration:none} pre{white-space:pre-wrap} ul{list-style:disc}
"""


def style(dice: random.Random) -> str:
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


def seeds(first: int, notes: int) -> Iterator[tuple[int, Dealt]]:
    """Deal briefs until they hold that many notes."""
    seed = first
    while notes > 0:
        dealt = deal(seed)
        yield seed, dealt
        notes -= len(dealt.notes)
        seed += 1
