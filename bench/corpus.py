"""Random briefs by a fixed seed, each with 1,500 words, 12 notes, a table and pictures.

`python bench/corpus.py FOLDER [COUNT]` writes a project. The same seed gives the same bytes.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from random import Random

from PIL import Image, ImageFilter

WORDS = 1500
NOTES = 12
SEED = 20260101
PROGRAMS = {
    "water": "Water and Land",
    "trade": "Trade and Transport",
    "state": "State and Law",
}

SUBJECTS = (
    "the ministry",
    "the port authority",
    "a committee of both houses",
    "the river commission",
    "each of the five states",
    "the operator",
    "the regional bank",
    "the customs union",
    "an earlier survey",
    "the national statistics office",
    "the canal district",
    "the joint secretariat",
)
VERBS = (
    "publishes",
    "has promised",
    "compares",
    "postpones",
    "measures",
    "renegotiates",
    "underestimates",
    "has audited",
    "repeats",
    "contradicts",
)
OBJECTS = (
    "the tonnage of the past year",
    "its share of the costs",
    "the level of the reservoir",
    "two tables that do not agree",
    "a forecast without a method",
    "the price at the border",
    "the terms of the concession",
    "the minutes of the spring session",
    "what the treaty leaves open",
    "the loss between field and gauge",
)
TAILS = (
    "since the second quarter",
    "as it did before the drought",
    "although nobody had asked",
    "in a footnote of its own",
    "for the third time in a decade",
    "without naming a source",
    "where the record allows it",
    "by a margin that no model explains",
    "in spite of the ice",
    "and says so on the last page",
)
TOPICS = (
    "rivers",
    "canals",
    "ports",
    "customs",
    "tariffs",
    "treaties",
    "gauges",
    "harvests",
    "pipelines",
    "railways",
    "borders",
    "budgets",
)


def write_project(folder: Path, count: int, *, theme: str = "plain") -> None:
    """Write a project with that many briefs."""
    programs = "".join(
        f'\n[programs.{key}]\nname = "{name}"\nacronym = "{key.upper()}"\n'
        for key, name in PROGRAMS.items()
    )
    head = f'theme = "{theme}"\nlanguage = "en"\n\n[organisation]\nname = "Bench Institute"\nurl = "https://bench.example"\n'
    _write(folder / "press.toml", (head + programs).encode())
    for number in range(count):
        for name, data in brief(number).items():
            _write(folder / "briefs" / f"brief-{number:04}" / name, data)


def brief(number: int) -> dict[str, bytes]:
    """Return the files of one brief by name."""
    draw = Random(SEED + number)
    topics = draw.sample(TOPICS, 3)
    program = list(PROGRAMS)[number % len(PROGRAMS)]
    front = "\n".join(
        [
            "---",
            f'title: "{topics[0].capitalize()}, {topics[1]} and the ledger of {2000 + number % 25}"',
            f"date: {2000 + number % 25}-{1 + number % 12:02}-{1 + number % 28:02}",
            "authors: [Ada Bench, Ben Corpus]",
            f"program: {program}",
            f"tags: [{', '.join(topics)}]",
            f"summary: {_sentence(draw)} {_sentence(draw)}",
            f'takeaways: ["{_sentence(draw)}", "{_sentence(draw)}", "{_sentence(draw)}"]',
            "---",
            "",
        ]
    )
    text = front + _text(draw)
    values = [draw.randint(20, 100) for _ in range(8)]
    return {
        "index.md": text.encode(),
        "chart.svg": _chart(values).encode(),
        "photograph.jpg": _photograph(draw),
    }


def _text(draw: Random) -> str:
    """Return the body: headings and paragraphs, with table, pictures and calls in them."""
    paragraphs: list[str] = []
    while sum(len(p.split()) for p in paragraphs) < WORDS:
        paragraphs.append(" ".join(_sentence(draw) for _ in range(draw.randint(4, 8))))
    for note, place in enumerate(
        sorted(draw.sample(range(len(paragraphs)), min(NOTES, len(paragraphs)))), 1
    ):
        head, _, tail = paragraphs[place].rpartition(". ")
        paragraphs[place] = f"{head}.[^n{note}] {tail}"
    third = len(paragraphs) // 3
    for place, heading in (
        (2 * third, "What the record leaves out"),
        (third, "What the figures bear"),
        (0, ""),
    ):
        if heading:
            paragraphs.insert(place, f"## {heading}")
    paragraphs.insert(
        2,
        '![Bars of unequal height](chart.svg "The third year is the highest")\nIndex\n— Bench Institute',
    )
    paragraphs.insert(third + 3, _table(draw))
    paragraphs.insert(
        2 * third + 4,
        '![A shore in haze](photograph.jpg "The shore in autumn")\n— Bench Institute',
    )
    notes = [
        f"[^n{n}]: {_sentence(draw)} *{_sentence(draw)[:-1]}*, pp. {n}–{n + 9}."
        for n in range(1, NOTES + 1)
    ]
    return "\n\n".join([*paragraphs, *notes]) + "\n"


def _table(draw: Random) -> str:
    rows = [
        f"| {year} | {draw.randint(1, 99)}.{draw.randint(0, 9)} | {draw.randint(100, 999)} |"
        for year in range(2015, 2025)
    ]
    return "\n".join(["| Year | Rail | Sea |", "| ---- | ---: | --: |", *rows])


def _sentence(draw: Random) -> str:
    words = f"{draw.choice(SUBJECTS)} {draw.choice(VERBS)} {draw.choice(OBJECTS)} {draw.choice(TAILS)}"
    return words[0].upper() + words[1:] + "."


def _chart(values: list[int]) -> str:
    bars = "".join(
        f'<rect x="{40 + 70 * i}" y="{320 - 3 * v}" width="48" height="{3 * v}" fill="#446"/>'
        f'<text x="{64 + 70 * i}" y="340" font-size="14" text-anchor="middle">{2016 + i}</text>'
        for i, v in enumerate(values)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 360" width="620" height="360">'
        f"<title>Bars of unequal height</title>{bars}</svg>\n"
    )


def _photograph(draw: Random) -> bytes:
    """Return a picture that compresses like a photograph: soft shapes and grain."""
    small = Image.frombytes("RGB", (30, 20), draw.randbytes(1800)).resize(
        (1200, 800), Image.Resampling.BICUBIC
    )
    grain = (
        Image.frombytes("L", (600, 400), draw.randbytes(240000))
        .resize((1200, 800))
        .filter(ImageFilter.GaussianBlur(1))
    )
    out = io.BytesIO()
    Image.blend(small, Image.merge("RGB", (grain,) * 3), 0.15).save(
        out, "JPEG", quality=80
    )
    return out.getvalue()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    write_project(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
