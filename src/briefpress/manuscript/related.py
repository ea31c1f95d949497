"""Related briefs: those that the author names, filled up to three by likeness.

Likeness is one program, shared tags, and rare words in common (cosine of tf-idf, each word counted once).
The work for one brief is bounded, so that ten thousand take seconds: words that many briefs have say little and
are passed over, and of a long row under one tag or program only the neighbours in time are looked at.
"""

from __future__ import annotations

import bisect
import heapq
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from briefpress.model import Brief

WANTED = 3
BODY = 1500  # characters of the text that are read: a brief says early what it is about
WORDS = 24  # the rarest words of each brief
COMMON = 48  # a word that more briefs have is passed over
ROW = 16  # how many briefs of one tag or program, and how many by words, are compared with one brief
PROGRAM, TAGS, TEXT = 1.0, 2.0, 4.0

WORD = re.compile(r"[^\W\d_]{4,}")


def related(briefs: Iterable[Brief]) -> dict[str, tuple[str, ...]]:
    """Return for each brief, drafts too, the slugs of published briefs that go with it; at most three by likeness."""
    everyone = sorted(briefs, key=lambda brief: (-brief.date.toordinal(), brief.slug))
    published = {brief.slug for brief in everyone if not brief.draft}
    likeness = _Likeness(everyone)
    found = {}
    for index, brief in enumerate(everyone):
        named = tuple(
            dict.fromkeys(
                slug
                for slug in brief.related
                if slug in published and slug != brief.slug
            )
        )
        wanted = WANTED - len(named)
        more = (
            likeness.nearest(index, {brief.slug, *named}, wanted) if wanted > 0 else ()
        )
        found[brief.slug] = (*named, *more)
    return found


def words_of(brief: Brief) -> set[str]:
    """Return the words that tell what a brief is about."""
    text = " ".join(
        [
            brief.title,
            brief.subtitle,
            brief.summary,
            *brief.takeaways,
            *brief.tags,
            brief.text[:BODY],
        ]
    )
    return set(WORD.findall(text.casefold()))


class _Likeness:
    """What is needed to compare briefs: for each its rarest words, and for each word, tag and program its briefs.

    Briefs are known by their places in the sequence, newest first. Sums are made in one order, so that they
    agree to the last bit from run to run.
    """

    def __init__(self, briefs: Sequence[Brief]) -> None:
        self.briefs = briefs
        self.tags = [{tag.casefold() for tag in brief.tags} for brief in briefs]
        self.words = _weights([words_of(brief) for brief in briefs])
        self.by_word: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        self.rows: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for index, brief in enumerate(briefs):
            if not brief.draft:
                for word, weight in self.words[index].items():
                    self.by_word[word].append((index, weight))
                for row in self._rows_of(index):
                    self.rows[row].append(index)

    def nearest(
        self, index: int, without: Iterable[str], count: int
    ) -> tuple[str, ...]:
        """Return the published briefs that are most like one, newest first among equals."""
        text = self._text(index)
        alike = {
            -other
            for _, other in heapq.nlargest(
                ROW, ((score, -other) for other, score in text.items())
            )
        }
        for row in self._rows_of(index):
            alike |= set(_neighbours(self.rows[row], index))
        others = [other for other in alike if self.briefs[other].slug not in without]
        scored = [
            (-self._score(index, other, text.get(other, 0.0)), other)
            for other in others
        ]
        return tuple(
            self.briefs[other].slug for _, other in heapq.nsmallest(count, scored)
        )

    def _rows_of(self, index: int) -> list[tuple[str, str]]:
        program = self.briefs[index].program
        return [
            *(("tag", tag) for tag in sorted(self.tags[index])),
            *([("program", program)] if program else []),
        ]

    def _text(self, index: int) -> dict[int, float]:
        """Return the cosine of each published brief that shares a rare word."""
        found: defaultdict[int, float] = defaultdict(float)
        for word, weight in self.words[index].items():
            for other, other_weight in self.by_word[word]:
                found[other] += weight * other_weight
        return found

    def _score(self, index: int, other: int, text: float) -> float:
        one, two = self.tags[index], self.tags[other]
        shared = one & two
        tags = len(shared) / math.sqrt(len(one) * len(two)) if shared else 0.0
        program = self.briefs[index].program
        same = program != "" and program == self.briefs[other].program
        return round(PROGRAM * same + TAGS * tags + TEXT * text, 6)


def _weights(words: Sequence[set[str]]) -> list[dict[str, float]]:
    """Return for each set its rarest words that another has too, with weights whose squares sum to one."""
    seen = Counter(word for each in words for word in each)
    rarity = {
        word: math.log(1 + len(words) / times)
        for word, times in seen.items()
        if 1 < times <= COMMON
    }
    found = []
    for each in words:
        rare = sorted((-rarity[word], word) for word in each if word in rarity)[:WORDS]
        length = math.sqrt(sum(weight * weight for weight, _ in rare)) or 1.0
        found.append({word: -weight / length for weight, word in rare})
    return found


def _neighbours(row: Sequence[int], index: int) -> Sequence[int]:
    """Return the members of a sorted row that are nearest to a place, all where they are few."""
    start = max(0, min(bisect.bisect_left(row, index) - ROW // 2, len(row) - ROW))
    return row[start : start + ROW]
