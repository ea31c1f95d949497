"""Which briefs belong together: members of a collection, and related briefs."""

from __future__ import annotations

import bisect
import heapq
import math
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

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

Group: TypeAlias = tuple[str, str]  # ("tag", "housing") or ("program", "spp")
Weights: TypeAlias = dict[str, float]  # by word
WeightOfBrief: TypeAlias = tuple[int, float]  # the brief's position first


def members(collection: Collection, briefs: Iterable[Brief]) -> tuple[Brief, ...]:
    """Return the published briefs of a collection.

    They are in the order of `select.briefs`, or newest first.
    """
    select = collection.select
    selected = []
    for brief in briefs:
        if not brief.is_listed:
            continue
        if is_selected(brief, select):
            selected.append(brief)
    selected.sort(key=newest_first)
    if select.briefs:
        selected.sort(key=lambda brief: select.briefs.index(brief.slug))
    return tuple(selected)


def newest_first(brief: Brief) -> tuple[int, str]:
    """Return the sort key of briefs: by date, newest first, then by slug."""
    day = brief.date.toordinal()
    return -day, brief.slug


def is_selected(brief: Brief, select: Selection) -> bool:
    """Return whether a brief fulfils every condition that is not empty."""
    if select.programs and brief.program not in select.programs:
        return False
    if select.tags:
        tags = _folded(brief.tags)
        wanted_tags = _folded(select.tags)
        if tags.isdisjoint(wanted_tags):
            return False
    if select.authors:
        authors = _author_names(brief)
        if authors.isdisjoint(select.authors):
            return False
    if select.languages and brief.lang not in select.languages:
        return False
    year = brief.date.year
    if select.year is not None and select.year != year:
        return False
    return not select.briefs or brief.slug in select.briefs


def check_selections(
    press: Press, briefs: Sequence[Brief], slugs: Iterable[str]
) -> Iterator[Problem]:
    """Yield what the collections of press.toml select and nothing has.

    `slugs` has those of briefs with errors too. While there are any, tags and authors
    are not checked: a brief with an error may have them.
    """
    all_slugs = set(slugs)
    known = _known_names(press, briefs, all_slugs)
    is_complete = len(briefs) == len(all_slugs)
    if not is_complete:
        del known["tags"]
        del known["authors"]
    for collection in press.collections.values():
        if collection.program:
            continue
        problems = list(_check_selection(collection, known, press))
        yield from problems
        if not is_complete or problems:
            continue
        if not members(collection, briefs):
            yield _empty_collection(collection, press)


def _empty_collection(collection: Collection, press: Press) -> Problem:
    """Return the warning about a collection without briefs."""
    key = collection.key
    path = f"collections.{key}"
    return Problem(
        code="R22",
        message=f"the collection `{key}` has no published brief, so it has no book",
        span=_span(press, [path]),
        severity=Severity.WARNING,
    )


def _known_names(
    press: Press, briefs: Iterable[Brief], slugs: set[str]
) -> dict[str, set[str]]:
    """Return the names that each condition of a selection may have."""
    authors: set[str] = set()
    tags: set[str] = set()
    for author in press.authors.values():
        authors.add(author.key)
        authors.add(author.name)
    for brief in briefs:
        authors |= _author_names(brief)
        tags.update(brief.tags)
    authors.discard("")
    return {
        "programs": set(press.programs),
        "authors": authors,
        "tags": tags,
        "briefs": slugs,
    }


def _check_selection(
    collection: Collection, known: Mapping[str, set[str]], press: Press
) -> Iterator[Problem]:
    """Yield the conditions of a selection that nothing fulfils."""
    path = f"collections.{collection.key}.select"
    if collection.select == Selection():
        yield Problem(
            code="R22",
            message="the selection has no condition",
            span=_span(press, [path]),
            fix="add `tags`, `programs`, `authors`, `year` or `briefs`",
        )
    for condition, names in known.items():
        list_path = f"{path}.{condition}"
        not_found = NOT_FOUND[condition]
        suggestions = sorted(names)
        selected = getattr(collection.select, condition)
        for index, name in enumerate(selected):
            if name in names:
                continue
            if condition == "tags" and name.casefold() in _folded(names):
                continue
            paths = [f"{list_path}.{index}", list_path]
            length = len(name) + 2  # with its quotes
            yield Problem(
                code="R22",
                message=f"{not_found} `{name}`",
                span=_span(press, paths, length),
                fix=suggest_fix(name, suggestions),
            )


def _span(press: Press, paths: Iterable[str], length: int = 1) -> Span:
    """Return where the first of some values is that press.toml has."""
    for path in paths:
        if path in press.places:
            line, column = press.places[path]
            return Span("press.toml", line, column, length)
    return Span("press.toml", length=length)


def _author_names(brief: Brief) -> set[str]:
    """Return the names and keys of a brief's authors."""
    names = set()
    for author in brief.authors:
        names.add(author.name)
        names.add(author.key)
    return names


def _folded(tags: Iterable[str]) -> set[str]:
    """Return tags as they are compared: case makes no difference."""
    return {tag.casefold() for tag in tags}


WANTED = 3
MAX_TEXT = 1500  # characters: a brief says early what it is about
MAX_WORDS = 24  # the rarest of each brief
MAX_BRIEFS_OF_WORD = 48  # a word that more briefs have is ignored
MAX_COMPARED = 16  # briefs of one tag, of one program, and by words
MAX_BEFORE = MAX_COMPARED // 2  # half of these are newer than the brief
PROGRAM_WEIGHT = 1.0
TAGS_WEIGHT = 2.0
WORDS_WEIGHT = 4.0
SCORE_DIGITS = 6  # so that equally similar briefs stay equal on every machine

WORD = re.compile(r"[^\W\d_]{4,}")


def related(briefs: Iterable[Brief]) -> dict[str, tuple[str, ...]]:
    """Return the slugs of related published briefs, by the slug of every brief.

    Drafts have related briefs too. The author may name more than three.
    """
    ordered = sorted(briefs, key=newest_first)
    index = _SimilarityIndex(ordered)
    published = {brief.slug for brief in ordered if brief.is_listed}
    related_slugs = {}
    for position, brief in enumerate(ordered):
        slugs = _named_by_author(brief, published)
        missing = WANTED - len(slugs)
        if missing > 0:
            similar = index.most_similar(position, slugs, missing)
            slugs += similar
        related_slugs[brief.slug] = tuple(slugs)
    return related_slugs


def _named_by_author(brief: Brief, published: set[str]) -> list[str]:
    """Return the published briefs that a brief names as related, each once."""
    slugs: list[str] = []
    for slug in brief.related:
        if slug in slugs or slug not in published:
            continue
        if slug != brief.slug:
            slugs.append(slug)
    return slugs


def words_of(brief: Brief) -> set[str]:
    """Return the words that say what a brief is about."""
    texts = [
        brief.title,
        brief.subtitle,
        brief.summary,
        *brief.takeaways,
        *brief.tags,
        brief.text[:MAX_TEXT],
    ]
    text = " ".join(texts)
    folded_text = text.casefold()
    words = WORD.findall(folded_text)
    return set(words)


@dataclass(frozen=True, slots=True)
class _Profile:
    """What is compared of a brief; its position is that among all, newest first."""

    brief: Brief
    position: int
    tags: set[str]
    groups: list[Group]
    weights: Weights  # of its rarest words


class _Candidate(NamedTuple):
    """A brief to compare with; the most similar one has the lowest rank."""

    rank: float
    position: int  # of two with one rank, the newest comes first
    slug: str


class _SimilarityIndex:
    """What is needed to compare briefs, each known by its position, newest first."""

    profiles: list[_Profile]
    # positions of published briefs only
    briefs_of_word: defaultdict[str, list[WeightOfBrief]]
    briefs_of_group: defaultdict[Group, list[int]]

    def __init__(self, briefs: Sequence[Brief]) -> None:
        self.profiles = _profiles(briefs)
        self.briefs_of_word = defaultdict(list)
        self.briefs_of_group = defaultdict(list)
        for profile in self.profiles:
            if profile.brief.is_listed:
                self.add(profile)

    def add(self, profile: _Profile) -> None:
        """Add a published brief to those of its words and of its groups."""
        position = profile.position
        for word, weight in profile.weights.items():
            briefs = self.briefs_of_word[word]
            briefs.append((position, weight))
        for group in profile.groups:
            positions = self.briefs_of_group[group]
            positions.append(position)

    def most_similar(
        self, position: int, named: Container[str], count: int
    ) -> list[str]:
        """Return the slugs of the most similar published briefs, newest first if equal.

        The brief itself, its translations and those that its author named are left out.
        """
        profile = self.profiles[position]
        cosines = self.cosines(profile)
        positions = self.candidates(profile, cosines)
        positions.discard(position)
        candidates = []
        for other_position in positions:
            other = self.profiles[other_position]
            slug = other.brief.slug
            if slug in named or other.brief.original == profile.brief.original:
                continue
            cosine = cosines.get(other_position, 0.0)
            score = _score(profile, other, cosine)
            rank = -score
            candidate = _Candidate(rank, other_position, slug)
            candidates.append(candidate)
        best = heapq.nsmallest(count, candidates)
        return [candidate.slug for candidate in best]

    def candidates(self, profile: _Profile, cosines: Mapping[int, float]) -> set[int]:
        """Return the briefs to compare: close by words, or in one group and in time."""

        def by_cosine_then_newest(other: int) -> tuple[float, int]:
            return cosines[other], -other

        closest = heapq.nlargest(
            MAX_COMPARED,
            cosines,
            key=by_cosine_then_newest,
        )
        candidates = set(closest)
        for group in profile.groups:
            positions = self.briefs_of_group[group]
            neighbours = _neighbours(positions, profile.position)
            candidates.update(neighbours)
        return candidates

    def cosines(self, profile: _Profile) -> dict[int, float]:
        """Return the cosine of each published brief that shares a rare word."""
        cosines: defaultdict[int, float] = defaultdict(float)
        weights = profile.weights
        for word, weight in weights.items():
            briefs = self.briefs_of_word[word]
            for other, other_weight in briefs:
                cosines[other] += weight * other_weight
        return cosines


def _profiles(briefs: Sequence[Brief]) -> list[_Profile]:
    """Return the profiles of all briefs, which are sorted newest first."""
    words_of_briefs = [words_of(brief) for brief in briefs]
    rare_words = _rare_words(words_of_briefs)
    profiles = []
    for position, brief in enumerate(briefs):
        tags = _folded(brief.tags)
        sorted_tags = sorted(tags)
        groups = [("tag", tag) for tag in sorted_tags]
        if brief.program:
            groups.append(("program", brief.program))
        profile = _Profile(
            brief=brief,
            position=position,
            tags=tags,
            groups=groups,
            weights=rare_words[position],
        )
        profiles.append(profile)
    return profiles


def _score(profile: _Profile, other: _Profile, cosine: float) -> float:
    """Return how similar two briefs are."""
    score = 0.0
    program = profile.brief.program
    other_program = other.brief.program
    if program and program == other_program:
        score += PROGRAM_WEIGHT
    likeness = _likeness(profile.tags, other.tags)
    score += TAGS_WEIGHT * likeness
    score += WORDS_WEIGHT * cosine
    return round(score, SCORE_DIGITS)


def _likeness(tags: set[str], other_tags: set[str]) -> float:
    """Return the cosine of two sets of tags, from 0 to 1."""
    if tags.isdisjoint(other_tags):
        return 0.0
    shared_tags = tags & other_tags
    count = len(tags)
    other_count = len(other_tags)
    mean_count = math.sqrt(count * other_count)
    return len(shared_tags) / mean_count


def _rare_words(words_of_briefs: Sequence[set[str]]) -> list[Weights]:
    """Return the rarest words of each brief that another brief has too, with weights.

    The squares of the weights of one brief add up to one.
    """
    brief_count = len(words_of_briefs)
    counts: Counter[str] = Counter()
    for words in words_of_briefs:
        counts.update(words)
    rarity: Weights = {}
    for word, count in counts.items():
        if count == 1 or count > MAX_BRIEFS_OF_WORD:
            continue
        inverse_frequency = brief_count / count
        rarity[word] = math.log(1 + inverse_frequency)
    return [_weights_of_rarest(words, rarity) for words in words_of_briefs]


def _weights_of_rarest(words: set[str], rarity: Weights) -> Weights:
    """Return the weights of the rarest words of one brief."""

    def by_rarity_then_name(word: str) -> tuple[float, str]:
        return -rarity[word], word

    shared_words = words & rarity.keys()
    ordered = sorted(shared_words, key=by_rarity_then_name)
    rarest = ordered[:MAX_WORDS]
    sum_of_squares = 0.0
    for word in rarest:
        weight = rarity[word]
        sum_of_squares += weight * weight
    length = math.sqrt(sum_of_squares)
    weights = {}
    for word in rarest:
        weight = rarity[word]
        weights[word] = weight / length
    return weights


def _neighbours(positions: Sequence[int], position: int) -> Sequence[int]:
    """Return the closest of some sorted positions, at most `MAX_COMPARED`."""
    count = len(positions)
    if count <= MAX_COMPARED:
        return positions
    last_start = count - MAX_COMPARED
    start = bisect.bisect_left(positions, position)
    start -= MAX_BEFORE
    start = max(0, start)
    start = min(start, last_start)
    end = start + MAX_COMPARED
    return positions[start:end]
