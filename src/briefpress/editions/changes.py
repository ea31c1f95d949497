"""What changed between two texts of a brief, word by word, as `<ins>` and `<del>`.

Blocks are compared first, then the words of each pair of similar blocks. Notes are
compared by their words too, so a new note does not change the numbers of all others.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import cached_property
from typing import NamedTuple, TypeAlias
from xml.etree.ElementTree import Element

from briefpress.editions.marks import line_element
from briefpress.editions.page_breaks import TextRun
from briefpress.model import Document, Note
from briefpress.xhtml import BLOCK_ELEMENTS, is_call, local_name, parents_of, text_of
from briefpress.xhtml import replace as replace_element

CHANGE = "proof-change"  # the class of what is inserted and deleted
LEAST_SIMILAR = 0.4  # of two blocks of which one replaces the other, from 0 to 1
MOST_COMPARED = 40_000  # pairs of blocks
SHORTEST_SAME = 8  # characters between two changes that do not part them
# A word with its hyphens and apostrophes, a sign, or a letter of Chinese or Japanese.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+(?:['’-]\w+)*|[^\w\s]")
PICTURES = frozenset(("img", "svg", "math"))
# Blocks can be inserted between those of these.
CONTAINERS = frozenset(("div", "blockquote", "section", "aside", "dd"))

Parents: TypeAlias = Mapping[Element, Element]
Key: TypeAlias = tuple[str, ...]  # the words of a block


class Pair(NamedTuple):
    """The positions of an old block and of the new one that it became."""

    old: int
    new: int


class _Name(NamedTuple):
    """A call as a word: how it is compared, and how it is shown if it is deleted."""

    compared: str
    shown: str


Names: TypeAlias = Mapping[str, _Name]  # of calls, by the address of their note


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a block, a call or a picture."""

    compared: str
    start: int  # in the text of the block
    end: int
    run: TextRun | None = None  # None for a call or a picture
    offset: int = 0  # in the run
    element: Element | None = None  # the call or the picture


@dataclass
class _Block:
    """An element with words of its own."""

    element: Element
    text: str = ""
    words: list[_Word] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """What is compared."""
        return tuple(word.compared for word in self.words)

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word occurs."""
        return Counter(self.key)

    def add_run(self, run: TextRun) -> None:
        """Add the words of a text."""
        length = len(self.text)
        for match in WORD.finditer(run.text):
            offset, end = match.span()
            word = _Word(match[0], length + offset, length + end, run, offset)
            self.words.append(word)
        self.text += run.text

    def add_element(self, element: Element, name: _Name) -> None:
        """Add a call or a picture as one word."""
        start = len(self.text)
        self.text += name.shown
        end = len(self.text)
        word = _Word(name.compared, start, end, element=element)
        self.words.append(word)

    def written(self, first: int, stop: int) -> str:
        """Return some words with the space behind them."""
        start = self.words[first].start
        end = len(self.text)
        if stop < len(self.words):
            end = self.words[stop].start
        return self.text[start:end]


def with_changes(document: Document, before: Document) -> Document:
    """Return a copy of a document in which all that changed since `before` is marked."""
    changed = deepcopy(document)
    pairs = _pairs_of_notes(before.notes, changed.notes)
    names = _names(changed.notes)
    old_names = _old_names(before.notes, pairs)

    def mark(tree: Element | None, old_tree: Element | None) -> None:
        if tree is None:
            return
        old_blocks = []
        if old_tree is not None:
            old_blocks = _blocks(old_tree, old_names)
        _mark_changes(tree, _blocks(tree, names), old_blocks)

    mark(changed.body, before.body)
    old_bodies = {new: before.notes[old].body for old, new in pairs.items()}
    for index, note in enumerate(changed.notes):
        mark(note.body, old_bodies.get(index))
    mark(changed.summary, before.summary)
    takeaways = _div(changed.takeaways)
    old_takeaways = _div(before.takeaways)
    mark(takeaways, old_takeaways)
    return replace(changed, takeaways=tuple(takeaways))


def changed_lines(rows: Sequence[str], old_rows: Sequence[str]) -> list[Element]:
    """Return a paragraph for each line of a file, with what changed in it.

    Lines that are no longer there have no number.
    """
    lines = [line_element(number, row) for number, row in enumerate(rows, 1)]
    old_lines = [line_element(0, row) for row in old_rows]
    tree = _div(lines)
    old_tree = _div(old_lines)
    _mark_changes(tree, _blocks(tree, {}), _blocks(old_tree, {}))
    return list(tree)


def _div(children: Iterable[Element]) -> Element:
    """Return a `<div>` with these children."""
    div = Element("div")
    div.extend(children)
    return div


# Notes


def _pairs_of_notes(old: Sequence[Note], new: Sequence[Note]) -> dict[int, int]:
    """Return the positions of old notes with those of the new ones that they became."""
    old_blocks = [_whole(note.body) for note in old]
    new_blocks = [_whole(note.body) for note in new]
    pairs = dict(_pairs(old_blocks, new_blocks))
    taken = set(pairs.values())
    by_label = {}
    for index, note in enumerate(new):
        if index not in taken:
            by_label[note.label] = index
    for index, note in enumerate(old):
        if index not in pairs and note.label in by_label:
            pairs[index] = by_label.pop(note.label)
    return pairs


def _whole(note: Element) -> _Block:
    """Return all words of a note as one block."""
    block = _Block(note)
    words = text_of(note, is_call)
    run = TextRun(note, note, tail=False, text=words)
    block.add_run(run)
    return block


def _names(notes: Iterable[Note]) -> dict[str, _Name]:
    """Return the names of the calls of notes."""
    names = {}
    for index, note in enumerate(notes):
        names[f"#{note.id}"] = _Name(f"note {index}", f"[^{note.label}]")
    return names


def _old_names(notes: Sequence[Note], pairs: Mapping[int, int]) -> dict[str, _Name]:
    """Return the names of old calls: that of the note which the old one became.

    A call whose note is no longer there is shown with the words of the note.
    """
    names = {}
    for index, note in enumerate(notes):
        address = f"#{note.id}"
        if index in pairs:
            names[address] = _Name(f"note {pairs[index]}", f"[^{note.label}]")
        else:
            words = text_of(note.body, is_call)
            names[address] = _Name(f"old note {index}", f" [{words}]")
    return names


# Blocks


def _blocks(tree: Element, names: Names) -> list[_Block]:
    """Return the blocks of a tree that have words, in order."""
    blocks = [_Block(tree)]

    def visit(element: Element, block: _Block) -> None:
        if element.tag in BLOCK_ELEMENTS:
            block = _Block(element)
            blocks.append(block)
        if element.text:
            run = TextRun(element, element, tail=False, text=element.text)
            block.add_run(run)
        for child in element:
            name = _name_of(child, names)
            if name is None:
                visit(child, block)
            else:
                block.add_element(child, name)
            if child.tail:
                run = TextRun(child, element, tail=True, text=child.tail)
                block.add_run(run)

    visit(tree, blocks[0])
    return [block for block in blocks if block.words]


def _name_of(element: Element, names: Names) -> _Name | None:
    """Return a call or a picture as a word: its note, its address, or its words."""
    if is_call(element):
        unknown = _Name("call", element.text or "")
        return names.get(element.get("href", ""), unknown)
    if local_name(element) in PICTURES:
        words = element.get("src") or text_of(element)
        return _Name(f"picture {words}", f"[{words}]")
    return None


def _pairs(old: Sequence[_Block], new: Sequence[_Block]) -> list[Pair]:
    """Return which block became which, in order."""
    old_keys = [block.key for block in old]
    keys = [block.key for block in new]
    pairs: list[Pair] = []
    matcher = SequenceMatcher(None, old_keys, keys, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            pairs += map(Pair, range(i1, i2), range(j1, j2))
            continue
        for i, j in _similar(old[i1:i2], new[j1:j2]):
            pair = Pair(i1 + i, j1 + j)
            pairs.append(pair)
    return pairs


def _similar(old: Sequence[_Block], new: Sequence[_Block]) -> list[Pair]:
    """Return the pairs of similar blocks, in order, that have most words in common."""
    if len(old) * len(new) > MOST_COMPARED:
        return []
    gains = _gains(old, new)
    pairs = []
    i = j = 0
    while i < len(old) and j < len(new):
        best = gains[i, j]
        if best == gains[i + 1, j]:
            i += 1
        elif best == gains[i, j + 1]:
            j += 1
        else:
            pairs.append(Pair(i, j))
            i += 1
            j += 1
    return pairs


def _gains(
    old: Sequence[_Block], new: Sequence[_Block]
) -> Mapping[tuple[int, int], float]:
    """Return how similar the best pairs are that can be made from two blocks on."""
    gains: defaultdict[tuple[int, int], float] = defaultdict(float)
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            without = max(gains[i + 1, j], gains[i, j + 1])
            similarity = _similarity(old[i], new[j])
            as_pair = 0.0
            if similarity >= LEAST_SIMILAR:
                as_pair = similarity + gains[i + 1, j + 1]
            gains[i, j] = max(without, as_pair)
    return gains


def _similarity(first: _Block, second: _Block) -> float:
    """Return the share of words that two blocks have in common, from 0 to 1.

    A cell of a table may have become any other.
    """
    common = first.counts & second.counts
    total = first.counts.total() + second.counts.total()
    share = 2 * common.total() / total
    tags = {first.element.tag, second.element.tag}
    if tags <= {"td", "th"}:
        return max(share, LEAST_SIMILAR)
    return share


# Marking


def _mark_changes(
    tree: Element, blocks: Sequence[_Block], old_blocks: Sequence[_Block]
) -> None:
    """Mark what is inserted in a tree, and insert what is no longer there."""
    parents = parents_of(tree)
    old_of = {pair.new: pair.old for pair in _pairs(old_blocks, blocks)}
    next_old = 0
    for index, block in enumerate(blocks):
        if index not in old_of:
            _mark_words(block, _Block(tree))
            continue
        old = old_of[index]
        for deleted in old_blocks[next_old:old]:
            _insert_block(deleted, block.element, parents)
        _mark_words(block, old_blocks[old])
        next_old = old + 1
    for deleted in old_blocks[next_old:]:
        element = _deleted_block(deleted, "p")
        tree.append(element)


def _insert_block(block: _Block, next_block: Element, parents: Parents) -> None:
    """Insert a deleted block before another one, or before what contains that.

    A deleted item stays an item of its list.
    """
    place = next_block
    while place in parents and not _can_stand_before(block, place, parents[place]):
        place = parents[place]
    if place not in parents:  # the tree itself is the next block
        change = _change("del", block.text)
        change.tail, place.text = place.text, None
        place.insert(0, change)
        return
    tag = "li" if place.tag == "li" else "p"
    element = _deleted_block(block, tag)
    parent = parents[place]
    index = list(parent).index(place)
    parent.insert(index, element)


def _can_stand_before(block: _Block, place: Element, parent: Element) -> bool:
    """Return whether a deleted block may be inserted before an element."""
    if place.tag == "li" and block.element.tag == "li":
        return True
    return place.tag in BLOCK_ELEMENTS and parent.tag in CONTAINERS


def _deleted_block(block: _Block, tag: str) -> Element:
    """Return a deleted block as a paragraph or an item."""
    element = Element(tag, {"class": f"{CHANGE}-block"})
    change = _change("del", block.text)
    element.append(change)
    return element


def _change(tag: str, text: str) -> Element:
    """Return an `<ins>` or a `<del>` with some words."""
    change = Element(tag, {"class": CHANGE})
    change.text = text
    return change


class _Replacement(NamedTuple):
    """Words from `start` to `stop` that replace old ones; one of both may be none."""

    old_start: int
    old_stop: int
    start: int
    stop: int

    @property
    def is_of_both(self) -> bool:
        """Whether there are both old and new words."""
        return self.old_start < self.old_stop and self.start < self.stop


def _replacements(old: Key, new: Key) -> list[_Replacement]:
    """Return the words that are inserted, deleted or replaced.

    Two replacements with only short words between them are one.
    """
    found: list[_Replacement] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, *bounds in matcher.get_opcodes():
        if kind == "equal":
            continue
        replacement = _Replacement(*bounds)
        if found and _are_one(found[-1], replacement, new):
            last = found.pop()
            replacement = _Replacement(
                last.old_start, replacement.old_stop, last.start, replacement.stop
            )
        found.append(replacement)
    return found


def _are_one(first: _Replacement, second: _Replacement, new: Key) -> bool:
    """Return whether two replacements are too near to be read as two."""
    if not first.is_of_both or not second.is_of_both:
        return False
    between = new[first.stop : second.start]
    return len("".join(between)) < SHORTEST_SAME


def _mark_words(block: _Block, old: _Block) -> None:
    """Mark the words of a block that differ from those of an old one."""
    editor = _BlockEditor(block)
    for replacement in _replacements(old.key, block.key):
        inserted = block.words[replacement.start : replacement.stop]
        for words in _by_run(inserted):
            editor.mark_inserted(words)
        if replacement.old_start < replacement.old_stop:
            deleted = old.written(replacement.old_start, replacement.old_stop)
            editor.insert_deleted(deleted, replacement.start)
    editor.apply()


def _by_run(words: Iterable[_Word]) -> Iterator[list[_Word]]:
    """Yield the words that are in one text together; each call or picture alone."""
    group: list[_Word] = []
    for word in words:
        if group and (word.run is None or word.run is not group[-1].run):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class _Edit:
    """An element in place of some characters of a text, or of none."""

    start: int
    end: int
    element: Element


@dataclass(frozen=True, slots=True)
class _Neighbour:
    """Deleted words before a call or picture, or behind it."""

    change: Element
    element: Element
    is_behind: bool


@dataclass(slots=True)
class _BlockEditor:
    """Collects the changes of a block, and makes them all at once."""

    block: _Block
    edits: dict[TextRun, list[_Edit]] = field(default_factory=dict)
    wrapped: list[Element] = field(default_factory=list)  # new calls and pictures
    neighbours: list[_Neighbour] = field(default_factory=list)

    def mark_inserted(self, words: Sequence[_Word]) -> None:
        """Mark words of one text, or a call or picture, as inserted."""
        first, last = words[0], words[-1]
        if first.run is not None:
            end = last.offset + last.end - last.start
            change = _change("ins", first.run.text[first.offset : end])
            self._add_edit(first.run, _Edit(first.offset, end, change))
        elif first.element is not None:
            self.wrapped.append(first.element)

    def insert_deleted(self, text: str, index: int) -> None:
        """Insert deleted words before a word of the block, or at its end."""
        change = _change("del", text)
        is_end = index == len(self.block.words)
        word = self.block.words[-1] if is_end else self.block.words[index]
        if word.run is not None:
            length = word.end - word.start
            place = word.offset + length if is_end else word.offset
            self._add_edit(word.run, _Edit(place, place, change))
        elif word.element is not None:
            neighbour = _Neighbour(change, word.element, is_end)
            self.neighbours.append(neighbour)

    def apply(self) -> None:
        """Change the block."""
        for run, edits in self.edits.items():
            edits.sort(key=lambda edit: (edit.start, edit.end))
            _edit_run(run, edits)
        parents = parents_of(self.block.element)
        for neighbour in self.neighbours:
            parent = parents[neighbour.element]
            _insert_beside(neighbour, parent)
        for element in self.wrapped:
            inserted = _change("ins", "")
            replace_element(parents[element], element, inserted)
            inserted.insert(0, element)

    def _add_edit(self, run: TextRun, edit: _Edit) -> None:
        edits = self.edits.setdefault(run, [])
        edits.append(edit)


def _insert_beside(neighbour: _Neighbour, parent: Element) -> None:
    """Insert deleted words beside a call or picture."""
    change, element = neighbour.change, neighbour.element
    index = list(parent).index(element)
    if neighbour.is_behind:
        change.tail, element.tail = element.tail, None
        index += 1
    parent.insert(index, change)


def _edit_run(run: TextRun, edits: Sequence[_Edit]) -> None:
    """Put elements into a text, each in place of some characters or of none."""
    text = run.text
    stops = [edit.start for edit in edits]
    stops.append(len(text))
    for edit, stop in zip(edits, stops[1:], strict=True):
        edit.element.tail = text[edit.end : stop]
    elements = [edit.element for edit in edits]
    head = text[: stops[0]]
    if run.tail:
        run.node.tail = head
        index = list(run.parent).index(run.node) + 1
        run.parent[index:index] = elements
    else:
        run.node.text = head
        run.node[:0] = elements
