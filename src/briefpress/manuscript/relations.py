"""Which briefs belong together: members of a collection, and related briefs."""

from __future__ import annotations

import bisect
import heapq
import math
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from briefpress.model import Brief, Collection, Press, Selection
from briefpress.problems import Problem, Severity, Span
from briefpress.schema.suggest import suggest_fix

# The message for a condition without result: "no brief has the tag `x`".
NOT_FOUND = {
    "programs": "no program has the key",
    "authors": "no author is called",
    "tags": "no brief has the tag",
    "briefs": "no brief is called",
}


def members(collection: Collection, briefs: Iterable[Brief]) -> tuple[Brief, ...]:
    """Return the published briefs of a collection.

    They are in the order of `select.briefs`, or newest first.
    """
    select = collection.select
    selected = [
        brief for brief in briefs if not brief.draft and is_selected(brief, select)
    ]
    if select.briefs:
        return tuple(sorted(selected, key=lambda each: select.briefs.index(each.slug)))
    return tuple(sorted(selected, key=newest_first))


def newest_first(brief: Brief) -> tuple[int, str]:
    """Return the sort key of briefs: by date, newest first, then by slug."""
    return -brief.date.toordinal(), brief.slug


def is_selected(brief: Brief, select: Selection) -> bool:
    """Return whether a brief fulfils every condition that is not empty."""
    if select.programs and brief.program not in select.programs:
        return False
    if select.tags and _folded(brief.tags).isdisjoint(_folded(select.tags)):
        return False
    if select.authors and _author_names(brief).isdisjoint(select.authors):
        return False
    if select.year is not None and brief.date.year != select.year:
        return False
    return not select.briefs or brief.slug in select.briefs


def check_selections(
    press: Press, briefs: Sequence[Brief], slugs: Iterable[str]
) -> Iterator[Problem]:
    """Yield what the collections of press.toml select and nothing has.

    `slugs` has those of briefs with errors too. While there are any, tags and authors
    are not checked: a brief with an error may have them.
    """
    known = _known_names(press, briefs, set(slugs))
    is_complete = len(briefs) == len(known["briefs"])
    if not is_complete:
        del known["tags"], known["authors"]
    for collection in press.collections.values():
        if collection.program:
            continue
        problems = list(_check_selection(collection, known, press))
        yield from problems
        if is_complete and not problems and not members(collection, briefs):
            message = (
                f"the collection `{collection.key}` has no published brief, so it has"
                " no book"
            )
            span = _span(press, [f"collections.{collection.key}"])
            yield Problem("R22", message, span, severity=Severity.WARNING)


def _known_names(
    press: Press, briefs: Iterable[Brief], slugs: set[str]
) -> dict[str, set[str]]:
    """Return the names that each condition of a selection may have."""
    authors: set[str] = set()
    tags: set[str] = set()
    for author in press.authors.values():
        authors |= {author.key, author.name}
    for brief in briefs:
        authors |= _author_names(brief)
        tags |= set(brief.tags)
    authors.discard("")
    programs = set(press.programs)
    return {"programs": programs, "authors": authors, "tags": tags, "briefs": slugs}


def _check_selection(
    collection: Collection, known: Mapping[str, set[str]], press: Press
) -> Iterator[Problem]:
    """Yield the conditions of a selection that nothing fulfils."""
    path = f"collections.{collection.key}.select"
    if collection.select == Selection():
        message = "the selection has no condition"
        fix = "add `tags`, `programs`, `authors`, `year` or `briefs`"
        yield Problem("R22", message, _span(press, [path]), fix)
    for condition, names in known.items():
        ignores_case = condition == "tags"
        comparable = _folded(names) if ignores_case else names
        for index, name in enumerate(getattr(collection.select, condition)):
            wanted = name.casefold() if ignores_case else name
            if wanted in comparable:
                continue
            paths = [f"{path}.{condition}.{index}", f"{path}.{condition}"]
            span = _span(press, paths, len(name) + 2)  # with its quotes
            message = f"{NOT_FOUND[condition]} `{name}`"
            yield Problem("R22", message, span, suggest_fix(name, sorted(names)))


def _span(press: Press, paths: Iterable[str], length: int = 1) -> Span:
    """Return where the first of some values is that press.toml has."""
    for path in paths:
        if path in press.places:
            return Span("press.toml", *press.places[path], length)
    return Span("press.toml", 0, 0, length)


def _author_names(brief: Brief) -> set[str]:
    """Return the names and keys of a brief's authors."""
    names = {author.name for author in brief.authors}
    return names | {author.key for author in brief.authors}


def _folded(tags: Iterable[str]) -> set[str]:
    return {tag.casefold() for tag in tags}


WANTED = 3
MAX_TEXT = 1500  # characters: a brief says early what it is about
MAX_WORDS = 24  # the rarest of each brief
MAX_BRIEFS_OF_WORD = 48  # a word that more briefs have is ignored
MAX_COMPARED = 16  # briefs of one tag, of one program, and by words
PROGRAM_WEIGHT, TAGS_WEIGHT, WORDS_WEIGHT = 1.0, 2.0, 4.0

WORD = re.compile(r"[^\W\d_]{4,}")


def related(briefs: Iterable[Brief]) -> dict[str, tuple[str, ...]]:
    """Return the slugs of related published briefs, by the slug of every brief.

    Drafts have related briefs too. The author may name more than three.
    """
    ordered = sorted(briefs, key=newest_first)
    published = {brief.slug for brief in ordered if not brief.draft}
    index = _SimilarityIndex(ordered)
    related_slugs = {}
    for position, brief in enumerate(ordered):
        others = published - {brief.slug}
        named = [slug for slug in dict.fromkeys(brief.related) if slug in others]
        missing = WANTED - len(named)
        similar = index.most_similar(position, named, missing)
        related_slugs[brief.slug] = (*named, *similar)
    return related_slugs


def words_of(brief: Brief) -> set[str]:
    """Return the words that say what a brief is about."""
    texts = [brief.title, brief.subtitle, brief.summary, *brief.takeaways, *brief.tags]
    text = " ".join([*texts, brief.text[:MAX_TEXT]])
    return set(WORD.findall(text.casefold()))


class _SimilarityIndex:
    """What is needed to compare briefs, each known by its position, newest first.

    `rare_words` and `tags` are by position. `briefs_of_word`, with weights, and
    `briefs_of_group` are the other way round, of published briefs only; a group is a
    tag or a program.
    """

    def __init__(self, briefs: Sequence[Brief]) -> None:
        self.briefs = briefs
        self.tags = [{tag.casefold() for tag in brief.tags} for brief in briefs]
        self.rare_words = _rare_words([words_of(brief) for brief in briefs])
        self.briefs_of_word: defaultdict[str, list[tuple[int, float]]]
        self.briefs_of_word = defaultdict(list)
        self.briefs_of_group: defaultdict[tuple[str, str], list[int]]
        self.briefs_of_group = defaultdict(list)
        for position, brief in enumerate(briefs):
            if brief.draft:
                continue
            for word, weight in self.rare_words[position].items():
                self.briefs_of_word[word].append((position, weight))
            for group in self.groups_of(position):
                self.briefs_of_group[group].append(position)

    def most_similar(
        self, position: int, named: Container[str], count: int
    ) -> tuple[str, ...]:
        """Return the slugs of the most similar published briefs, newest first if equal.

        The brief itself and those that its author named are left out.
        """
        if count <= 0:
            return ()
        own_slug = self.briefs[position].slug
        cosines = self.cosines(position)
        scored = []
        for other in self.candidates(position, cosines):
            slug = self.briefs[other].slug
            if slug == own_slug or slug in named:
                continue
            score = self.score(position, other, cosines.get(other, 0.0))
            scored.append((-score, other))
        best = heapq.nsmallest(count, scored)
        return tuple(self.briefs[other].slug for _, other in best)

    def candidates(self, position: int, cosines: Mapping[int, float]) -> set[int]:
        """Return the briefs to compare: close by words, or in one group and in time."""

        def by_cosine_then_newest(other: int) -> tuple[float, int]:
            return cosines[other], -other

        candidates = set(
            heapq.nlargest(MAX_COMPARED, cosines, key=by_cosine_then_newest)
        )
        for group in self.groups_of(position):
            positions = self.briefs_of_group[group]
            candidates.update(_neighbours(positions, position))
        return candidates

    def groups_of(self, position: int) -> list[tuple[str, str]]:
        """Return the tags and the program of a brief."""
        groups = [("tag", tag) for tag in sorted(self.tags[position])]
        program = self.briefs[position].program
        if program:
            groups.append(("program", program))
        return groups

    def cosines(self, position: int) -> dict[int, float]:
        """Return the cosine of each published brief that shares a rare word."""
        cosines: defaultdict[int, float] = defaultdict(float)
        for word, weight in self.rare_words[position].items():
            for other, other_weight in self.briefs_of_word[word]:
                cosines[other] += weight * other_weight
        return cosines

    def score(self, position: int, other: int, cosine: float) -> float:
        """Return how similar two briefs are.

        It is rounded, so that equally similar briefs stay equal on every machine.
        """
        score = 0.0
        program = self.briefs[position].program
        if program and program == self.briefs[other].program:
            score += PROGRAM_WEIGHT
        score += TAGS_WEIGHT * _likeness(self.tags[position], self.tags[other])
        score += WORDS_WEIGHT * cosine
        return round(score, 6)


def _likeness(tags: set[str], other_tags: set[str]) -> float:
    """Return the cosine of two sets of tags, from 0 to 1."""
    shared = len(tags & other_tags)
    if shared == 0:
        return 0.0
    return shared / math.sqrt(len(tags) * len(other_tags))


def _rare_words(words_of_briefs: Sequence[set[str]]) -> list[dict[str, float]]:
    """Return the rarest words of each brief that another brief has too, with weights.

    The squares of the weights of one brief add up to one.
    """
    counts: Counter[str] = Counter()
    for words in words_of_briefs:
        counts.update(words)
    rarity = {}
    for word, count in counts.items():
        if 1 < count <= MAX_BRIEFS_OF_WORD:
            rarity[word] = math.log(1 + len(words_of_briefs) / count)
    weights_of_briefs = []
    for words in words_of_briefs:
        shared_words = words & rarity.keys()
        by_rarity = sorted(shared_words, key=lambda word: (-rarity[word], word))
        rarest = by_rarity[:MAX_WORDS]
        squares = [rarity[word] * rarity[word] for word in rarest]
        length = math.sqrt(sum(squares)) or 1.0
        weights_of_briefs.append({word: rarity[word] / length for word in rarest})
    return weights_of_briefs


def _neighbours(positions: Sequence[int], position: int) -> Sequence[int]:
    """Return the closest of some sorted positions, at most `MAX_COMPARED`."""
    middle = bisect.bisect_left(positions, position)
    last_start = max(0, len(positions) - MAX_COMPARED)
    start = min(max(0, middle - MAX_COMPARED // 2), last_start)
    return positions[start : start + MAX_COMPARED]
