"""What changed between two texts of a brief, word by word, as `<ins>` and `<del>`.

Blocks are compared first, then the words of each pair of similar blocks. Notes are
compared by their words too, so a new note does not change the numbers of all others.
"""

from __future__ import annotations

import re
from collections import Counter
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

# The position of an old block and of the new one that replaces it.
Pair: TypeAlias = tuple[int | None, int | None]
Parents: TypeAlias = Mapping[Element, Element]
Key: TypeAlias = tuple[str, ...]  # the words of a block


class _Name(NamedTuple):
    """A call as a word: how it is compared, and how it is shown if it is deleted."""

    compared: str
    shown: str


Names: TypeAlias = Mapping[str, _Name]  # of calls, by the address of their note


class _Word(NamedTuple):
    """A word of a block, a call or a picture."""

    compared: str
    start: int  # in the text of the block
    end: int
    node: TextRun | Element
    offset: int = 0  # in the run


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
            start, end = match.span()
            word = _Word(match[0], length + start, length + end, run, start)
            self.words.append(word)
        self.text += run.text

    def add_element(self, element: Element, name: _Name) -> None:
        """Add a call or a picture as one word."""
        start = len(self.text)
        self.text += name.shown
        self.words.append(_Word(name.compared, start, len(self.text), element))

    def written(self, first: int, last: int) -> str:
        """Return some words with the space behind them."""
        if first == last:
            return ""
        end = self.words[last].start if last < len(self.words) else len(self.text)
        return self.text[self.words[first].start : end]


class _Change(NamedTuple):
    """Words that are replaced: old ones from `i1` to `i2`, new ones from `j1` to `j2`."""

    i1: int
    i2: int
    j1: int
    j2: int

    @property
    def replaces(self) -> bool:
        """Whether there are both old and new words."""
        return self.i1 < self.i2 and self.j1 < self.j2


class _Edit(NamedTuple):
    """An element in place of some characters of a text, or of none."""

    start: int
    end: int
    element: Element


def with_changes(document: Document, before: Document) -> Document:
    """Return a copy of a document in which all that changed since `before` is marked."""
    changed = deepcopy(document)
    pairs = _pairs_of_notes(before.notes, changed.notes)
    names = _names(changed.notes)
    old_names = _old_names(before.notes, pairs)

    def mark(tree: Element | None, old_tree: Element | None) -> None:
        if tree is not None:
            old = [] if old_tree is None else _blocks(old_tree, old_names)
            _mark_changes(tree, _blocks(tree, names), old)

    mark(changed.body, before.body)
    old_bodies = {new: before.notes[old].body for old, new in pairs.items()}
    for index, note in enumerate(changed.notes):
        mark(note.body, old_bodies.get(index))
    mark(changed.summary, before.summary)
    takeaways = _div(changed.takeaways)
    mark(takeaways, _div(before.takeaways))
    return replace(changed, takeaways=tuple(takeaways))


def changed_lines(rows: Sequence[str], old_rows: Sequence[str]) -> list[Element]:
    """Return a paragraph for each line of a file, with what changed in it.

    Lines that are no longer there have no number.
    """
    root = _div(line_element(number, row) for number, row in enumerate(rows, 1))
    old_root = _div(line_element(0, row) for row in old_rows)
    _mark_changes(root, _blocks(root, {}), _blocks(old_root, {}))
    return list(root)


def _div(children: Iterable[Element]) -> Element:
    """Return a `<div>` with these children."""
    div = Element("div")
    div.extend(children)
    return div


# Notes


def _pairs_of_notes(old: Sequence[Note], new: Sequence[Note]) -> dict[int, int]:
    """Return the positions of old notes with those of the new ones that they became."""
    pairs = {
        before: now
        for before, now in _pairs(
            [_whole(note.body) for note in old], [_whole(note.body) for note in new]
        )
        if before is not None and now is not None
    }
    taken = set(pairs.values())
    free = {note.label: now for now, note in enumerate(new) if now not in taken}
    for before, note in enumerate(old):
        if before not in pairs and note.label in free:
            pairs[before] = free.pop(note.label)
    return pairs


def _whole(note: Element) -> _Block:
    """Return all words of a note as one block."""
    block = _Block(note)
    block.add_run(TextRun(note, note, tail=False, text=text_of(note, is_call)))
    return block


def _names(notes: Iterable[Note]) -> dict[str, _Name]:
    """Return the names of the calls of notes."""
    return {
        f"#{note.id}": _Name(f"note {index}", f"[^{note.label}]")
        for index, note in enumerate(notes)
    }


def _old_names(notes: Sequence[Note], pairs: Mapping[int, int]) -> dict[str, _Name]:
    """Return the names of old calls: that of the note which the old one became.

    A call whose note is no longer there is shown with the words of the note.
    """
    names = {}
    for index, note in enumerate(notes):
        name = _Name(f"note {pairs.get(index)}", f"[^{note.label}]")
        if index not in pairs:
            words = text_of(note.body, is_call)
            name = _Name(f"old note {index}", f" [{words}]")
        names[f"#{note.id}"] = name
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
            block.add_run(TextRun(element, element, tail=False, text=element.text))
        for child in element:
            if is_call(child):
                name = names.get(child.get("href", ""), _Name("call", child.text or ""))
                block.add_element(child, name)
            elif local_name(child) in PICTURES:
                block.add_element(child, _name_of_picture(child))
            else:
                visit(child, block)
            if child.tail:
                run = TextRun(child, element, tail=True, text=child.tail)
                block.add_run(run)

    visit(tree, blocks[0])
    return [block for block in blocks if block.words]


def _name_of_picture(picture: Element) -> _Name:
    """Return a picture as a word: its address, or the words of a formula or drawing."""
    words = picture.get("src") or text_of(picture)
    return _Name(f"picture {words}", f"[{words}]")


def _pairs(old: Sequence[_Block], new: Sequence[_Block]) -> list[Pair]:
    """Return which block became which, in order; None for one that came or went."""
    keys, old_keys = [block.key for block in new], [block.key for block in old]
    matched: list[tuple[int, int]] = []
    matcher = SequenceMatcher(None, old_keys, keys, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            matched += zip(range(i1, i2), range(j1, j2), strict=True)
        else:
            similar = _similar(old[i1:i2], new[j1:j2])
            matched += [(i1 + i, j1 + j) for i, j in similar]
    return list(_with_others(matched, len(old), len(new)))


def _with_others(
    matched: Iterable[tuple[int, int]], old_count: int, count: int
) -> Iterator[Pair]:
    """Yield matched positions, and between them those of what came and went."""
    i = j = 0
    for before, now in [*matched, (old_count, count)]:
        yield from ((each, None) for each in range(i, before))
        yield from ((None, each) for each in range(j, now))
        if before < old_count or now < count:
            yield before, now
        i, j = before + 1, now + 1


def _similar(old: Sequence[_Block], new: Sequence[_Block]) -> list[tuple[int, int]]:
    """Return the pairs of similar blocks, in order, that have most words in common."""
    if len(old) * len(new) > MOST_COMPARED:
        return []
    # best[i][j]: what can be gained from the blocks from i and from j on.
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    gains: dict[tuple[int, int], float] = {}
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            gain = _similarity(old[i], new[j])
            gains[i, j] = gain + best[i + 1][j + 1] if gain >= LEAST_SIMILAR else 0.0
            best[i][j] = max(gains[i, j], best[i + 1][j], best[i][j + 1])
    pairs = []
    i = j = 0
    while i < len(old) and j < len(new):
        if best[i][j] == gains[i, j] > 0:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _similarity(first: _Block, second: _Block) -> float:
    """Return the share of words that two blocks have in common, from 0 to 1.

    A cell of a table may have become any other.
    """
    common = (first.counts & second.counts).total()
    share = 2 * common / (first.counts.total() + second.counts.total())
    is_cell = {first.element.tag, second.element.tag} <= {"td", "th"}
    return max(share, LEAST_SIMILAR) if is_cell else share


# Marking


def _mark_changes(
    tree: Element, blocks: Sequence[_Block], old_blocks: Sequence[_Block]
) -> None:
    """Mark what is inserted in a tree, and insert what is no longer there."""
    parents = parents_of(tree)
    deleted: list[_Block] = []
    for before, now in _pairs(old_blocks, blocks):
        if now is None:
            deleted += [] if before is None else [old_blocks[before]]
            continue
        block = blocks[now]
        for each in deleted:
            _insert_block(each, block.element, parents)
        deleted.clear()
        _mark_words(block, _Block(tree) if before is None else old_blocks[before])
    for each in deleted:
        tree.append(_deleted_block(each, "p"))


def _insert_block(block: _Block, next_block: Element, parents: Parents) -> None:
    """Insert a deleted block before another one, or before what contains that.

    A deleted item stays an item of its list.
    """
    place = next_block
    while place in parents and not _can_stand_before(block, place, parents[place]):
        place = parents[place]
    parent = parents.get(place)
    tag = "li" if place.tag == "li" else "p"
    if parent is None:  # the tree itself is the next block
        change = _change("del", block.text)
        change.tail, place.text = place.text, None
        place.insert(0, change)
        return
    parent.insert(list(parent).index(place), _deleted_block(block, tag))


def _can_stand_before(block: _Block, place: Element, parent: Element) -> bool:
    """Return whether a deleted block may be inserted before an element."""
    if place.tag == "li":
        return block.element.tag == "li" or parent.tag in CONTAINERS
    return place.tag in BLOCK_ELEMENTS and parent.tag in CONTAINERS


def _deleted_block(block: _Block, tag: str) -> Element:
    """Return a deleted block as a paragraph or an item."""
    element = Element(tag, {"class": f"{CHANGE}-block"})
    element.append(_change("del", block.text))
    return element


def _change(tag: str, text: str) -> Element:
    """Return an `<ins>` or a `<del>` with some words."""
    change = Element(tag, {"class": CHANGE})
    change.text = text
    return change


def _mark_words(block: _Block, old: _Block) -> None:
    """Mark the words of a block that differ from those of an old one."""
    editor = _BlockEditor(block)
    for change in _changes(old.key, block.key):
        for first, last in _by_node(block.words, change.j1, change.j2):
            editor.mark_inserted(block.words[first], block.words[last])
        if change.i1 < change.i2:
            editor.insert_deleted(old.written(change.i1, change.i2), change.j1)
    editor.apply()


@dataclass(slots=True)
class _BlockEditor:
    """Collects the changes of a block, and makes them all at once."""

    block: _Block
    edits: dict[TextRun, list[_Edit]] = field(default_factory=dict)
    wrapped: list[Element] = field(default_factory=list)  # new calls and pictures
    # Deleted words, with the call or picture beside them, and whether they are behind it.
    beside: list[tuple[Element, Element, bool]] = field(default_factory=list)

    def mark_inserted(self, first: _Word, last: _Word) -> None:
        """Mark words of one text, or a call or picture, as inserted."""
        if isinstance(first.node, TextRun):
            end = last.offset + last.end - last.start
            edit = _Edit(first.offset, end, _change("ins", ""))
            self.edits.setdefault(first.node, []).append(edit)
        else:
            self.wrapped.append(first.node)

    def insert_deleted(self, text: str, index: int) -> None:
        """Insert deleted words before a word of the block, or at its end."""
        change = _change("del", text)
        is_end = index == len(self.block.words)
        word = self.block.words[index - is_end]
        if isinstance(word.node, TextRun):
            place = word.offset + is_end * (word.end - word.start)
            edit = _Edit(place, place, change)
            self.edits.setdefault(word.node, []).append(edit)
        else:
            self.beside.append((change, word.node, is_end))

    def apply(self) -> None:
        """Change the block."""
        for run, edits in self.edits.items():
            edits.sort(key=lambda edit: edit[:2])
            _edit_run(run, edits)
        parents = parents_of(self.block.element)
        for change, node, is_behind in self.beside:
            parent = parents[node]
            if is_behind:
                change.tail, node.tail = node.tail, None
            parent.insert(list(parent).index(node) + is_behind, change)
        for node in self.wrapped:
            inserted = _change("ins", "")
            replace_element(parents[node], node, inserted)
            inserted.insert(0, node)


def _changes(old: Key, new: Key) -> list[_Change]:
    """Return the words that are inserted, deleted or replaced.

    Two replacements with only short words between them are one.
    """
    found: list[_Change] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        change = _Change(i1, i2, j1, j2)
        last = found[-1] if found else change
        is_near = sum(map(len, new[last.j2 : j1])) < SHORTEST_SAME
        if last is not change and is_near and last.replaces and change.replaces:
            found.pop()
            change = _Change(last.i1, i2, last.j1, j2)
        found.append(change)
    return found


def _by_node(words: Sequence[_Word], first: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of words that are in one text; each picture alone."""
    start = first
    for index in range(first, end):
        is_last = index + 1 == end or words[index + 1].node is not words[index].node
        if is_last:
            yield start, index
            start = index + 1


def _edit_run(run: TextRun, edits: Sequence[_Edit]) -> None:
    """Put elements into a text, each in place of some characters or of none."""
    ends = [edit.start for edit in edits[1:]] + [len(run.text)]
    for edit, end in zip(edits, ends, strict=True):
        if edit.start < edit.end:
            edit.element.text = run.text[edit.start : edit.end]
        edit.element.tail = run.text[edit.end : end]
    head = run.text[: edits[0].start]
    if run.tail:
        index = list(run.parent).index(run.node) + 1
        run.node.tail = head
    else:
        index = 0
        run.node.text = head
    parent = run.parent if run.tail else run.node
    parent[index:index] = [edit.element for edit in edits]
