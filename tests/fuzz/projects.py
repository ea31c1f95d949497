"""Random projects: `python tests/fuzz/projects.py FOLDER SEED` writes one.

A project has several briefs in several languages, with programs, collections, notes,
figures, tables, links between the briefs, and the themes plain and civic. The same
seed gives the same bytes.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from PIL import Image

WORDS = {
    "en": "the river commission publishes what each state had promised about levels "
    "ports tariffs and a treaty of 1998 that nobody's office has audited so far",
    "de": "die Kommission veröffentlicht was jeder Staat über Pegel Häfen Zölle und "
    "den Vertrag von 1998 zugesagt hatte Straße größer Überprüfung",
    "fr": "la commission publie ce que chaque État avait promis sur les niveaux les "
    "ports où l'eau manque et le traité de 1998 n'a pas été vérifié",
    "ru": "комиссия публикует то что каждое государство обещало об уровне портах "
    "тарифах и договоре 1998 года который никто ещё не проверял",
    "uk": "комісія публікує те що кожна держава обіцяла про рівень порти тарифи й "
    "угоду 1998 року яку ще ніхто не перевіряв об'єкт",
    "kk": "комиссия әр мемлекеттің деңгей порт тариф және 1998 жылғы шарт туралы "
    "уәдесін жариялайды оны ешкім тексерген жоқ",
    "tr": "komisyon her devletin düzeyler limanlar gümrükler ve 1998 antlaşması "
    "hakkında söz verdiğini yayımlıyor İstanbul ışık",
    "fa": "کمیسیون آنچه را هر کشور درباره سطح آب بندرها تعرفه‌ها و پیمان وعده داده "
    "بود منتشر می‌کند و هیچ‌کس آن را بررسی نکرده است",
}
LANGUAGES = ("en", "en", "en", "en-GB", "de", "fr", "ru", "uk", "kk", "tr", "fa")
TAGS = ("water", "trade", "Caspian", "law", "rail", "energy & climate")
KINDS = ("note", "definition", "case", "question", "recommendation", "warning")
NAMES = ("Ada Bench", "Ludwig van Beethoven", "Aziza Example", "Policy Team", "Plato")
COLORS = ("#8a1c2b", "#0b6e4f", "#1d4e89")
LABELS = "abcdefghijklmnopqrstuvwxyz"


def write_project(folder: Path, seed: int) -> None:
    """Write a random project to a new folder."""
    dice = Random(f"project {seed}")  # noqa: S311 - repeatable, not secret
    programs = [f"program-{letter}" for letter in "abc"[: dice.randint(1, 3)]]
    slugs = [f"brief-{number}" for number in range(1, dice.randint(3, 5) + 1)]
    _write(folder / "art/logo.svg", _chart(dice, 400, 60).encode())
    _write(folder / "art/wide.png", _photograph(dice, "PNG"))
    _write(folder / "press.toml", _press(dice, programs, slugs).encode())
    for number, slug in enumerate(slugs):
        draft = number > 1 and dice.random() < 0.1
        brief = _Brief(dice, slug, slugs, programs, draft=draft)
        for name, data in brief.files().items():
            _write(folder / "briefs" / name, data)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _press(dice: Random, programs: list[str], slugs: list[str]) -> str:
    """Return a press.toml."""
    language = dice.choice(("en", "en-GB", "de", "fr", "ru"))
    lines = [f'theme = "{dice.choice(("plain", "civic"))}"', f'language = "{language}"']
    lines += ["[organisation]", 'name = "Institute of Rivers & Ports"']
    optional = {
        "acronym": "IRP",
        "url": "https://rivers.example",
        "logo": "art/logo.svg",
        "address": "1 Example Square, Sampleton",
        "contact": "press@rivers.example",
        "issn": "2049-3630",
        "rights": "CC BY 4.0 <no warranty>",
        "certified_by": "Aziza Example",
    }
    lines += [f'{k} = "{v}"' for k, v in optional.items() if dice.random() < 0.7]
    lines += ["[authors.desk]", 'name = "The sample desk"', 'sort = "desk"']
    lines += ["[authors.ada]", 'name = "Ada Bench"', 'bio = "Follows *water* law."']
    lines += ['affiliation = "Institute"', 'orcid = "0000-0002-1694-233X"']
    for number, key in enumerate(programs):
        lines += [f"[programs.{key}]", f'name = "Program {key[-1].upper()} & Others"']
        optional = {
            "acronym": f"P{key[-1].upper()}",
            "description": "How states deal with one another.",
            "editor": "Yoriko Kawaguchi",
            "logo": dice.choice(("art/logo.svg", "art/wide.png")),
            "theme": dice.choice(("plain", "civic")),
        }
        lines += [f'{k} = "{v}"' for k, v in optional.items() if dice.random() < 0.5]
        if dice.random() < 0.5:
            lines.append(f'tokens = {{ color-accent = "{COLORS[number]}" }}')
    if dice.random() < 0.7:
        lines += ["[collections.water]", 'title = "Water, by Year"']
        lines += ['select = { tags = ["water"] }']
        lines += [f'theme = "{dice.choice(("plain", "civic"))}"']
    if dice.random() < 0.4:
        chosen = dice.sample(slugs, 2)
        lines += ["[collections.chosen]", 'title = "Chosen"', 'language = "fr"']
        lines += [f"select = {{ briefs = {json.dumps(chosen)} }}"]
    return "\n".join(lines) + "\n"


class _Brief:
    """One random brief: its text and the files beside it."""

    def __init__(
        self,
        dice: Random,
        slug: str,
        slugs: list[str],
        programs: list[str],
        *,
        draft: bool,
    ) -> None:
        self.dice = dice
        self.slug = slug
        self.others = [other for other in slugs if other != slug]
        self.programs = programs
        self.draft = draft
        self.lang = dice.choice(LANGUAGES)
        self.words = WORDS[self.lang.partition("-")[0]].split()
        self.notes: list[str] = []
        self.ids: list[str] = []
        self.pictures: dict[str, bytes] = {}

    def files(self) -> dict[str, bytes]:
        """Return the brief's files by their path below `briefs/`."""
        blocks = [self.paragraph()]
        makers: list[Callable[[], str]] = [
            self.paragraph,
            self.paragraph,
            self.paragraph,
            self.heading,
            self.heading,
            self.items,
            self.definitions,
            self.quotation,
            self.callout,
            self.code,
            self.table,
            self.figure,
            self.html,
        ]
        count = self.dice.randint(6, 22)
        blocks += [self.dice.choice(makers)() for _ in range(count)]
        blocks.append("*[SCO]: Shanghai Cooperation Organisation")
        number = 0
        while number < len(self.notes):  # a note may call another one
            number += 1
            blocks.append(self.note(number))
        text = self.front_matter() + "\n\n".join(blocks) + "\n"
        if not self.pictures and self.dice.random() < 0.6:
            return {f"{self.slug}.md": text.encode()}
        files = {"index.md": text.encode(), **self.pictures}
        return {f"{self.slug}/{name}": data for name, data in files.items()}

    def front_matter(self) -> str:
        """Return the YAML block."""
        dice = self.dice
        year, month, day = dice.randint(1998, 2026), dice.randint(1, 9), 17
        values: dict[str, object] = {
            "title": self.phrase(3, 9),
            "date": f"{year}-0{month}-{day}",
            "lang": self.lang,
        }
        optional: dict[str, object] = {
            "subtitle": self.phrase(4, 14),
            "authors": dice.sample([*NAMES, "desk", "ada"], dice.randint(1, 3)),
            "program": dice.choice(self.programs),
            "tags": dice.sample(TAGS, dice.randint(1, 3)),
            "summary": f"{self.phrase(8, 30)} *{self.phrase(1, 3)}*.",
            "takeaways": [f"**{self.phrase(2, 3)}** {self.phrase(6, 15)}"] * 2,
            "series": "Policy Brief",
            "number": str(dice.choice(("1.10", "7", "12"))),
            "doi": "10.1234/abc(1)",
            "related": dice.sample(self.others, 1),
            "theme": dice.choice(("plain", "civic")),
            "corrections": [{"date": f"{year + 1}-01-31", "text": self.phrase(5, 9)}],
        }
        if self.slug == "brief-1":
            values["tags"] = ["water"]  # the collection needs one
            del optional["tags"]
        likely = {"authors", "program", "tags"}
        chosen = {
            key: value
            for key, value in optional.items()
            if dice.random() < (0.9 if key in likely else 0.4)
        }
        values |= chosen
        if self.draft:
            values["draft"] = True
        lines = [f"{key}: {_yaml(value)}" for key, value in values.items()]
        return "\n".join(["---", *lines, "---", ""])

    def phrase(self, least: int, most: int) -> str:
        """Return some words, the first with a capital letter."""
        count = self.dice.randint(least, most)
        words = " ".join(self.dice.choice(self.words) for _ in range(count))
        return words[0].upper() + words[1:]

    def sentence(self, *, calls: bool = True) -> str:
        """Return a sentence, perhaps with markup and a call of a note."""
        text = self.phrase(5, 22)
        if self.dice.random() < 0.25:
            text += self.dice.choice(
                (
                    f" *{self.phrase(1, 3)}*",
                    f" **{self.phrase(1, 3)}**",
                    " SCO",
                    f' "{self.phrase(1, 4)}"',
                    " -- 12.5 % ... 1--2",
                    " [link](https://example.org/a?b=1&c=2)",
                    f" [{self.phrase(1, 2)}]({self.dice.choice(self.others)}.md)",
                    " [слово]{: lang=ru }",
                    " [آب]{: lang=fa }",
                    " m<sup>2</sup>",
                    " `code < 1`",
                    f" {self.reference()}",
                )
            )
        return text + "." + (self.call() if calls else "")

    def reference(self) -> str:
        """Return a cross-reference to a figure or table above, if there is one."""
        return f"[](#{self.dice.choice(self.ids)})" if self.ids else "1,234"

    def call(self) -> str:
        """Return a call: usually none, else of a new note, seldom of an old one."""
        chance = self.dice.random()
        if chance < 0.7:
            return ""
        if self.notes and chance > 0.95:
            return f"[^{self.dice.choice(self.notes)}]"
        label = f"{self.dice.choice(LABELS)}{len(self.notes) + 1}"
        self.notes.append(label)
        return f"[^{label}]"

    def note(self, number: int) -> str:
        """Return a note, seldom with more than one paragraph."""
        may_call = number <= len(self.notes) and number % 7 == 0
        lines = [f"[^{self.notes[number - 1]}]: {self.sentence(calls=may_call)}"]
        if self.dice.random() < 0.15:
            items = f"- {self.phrase(2, 9)}\n    - {self.phrase(2, 9)}"
            lines.append(f"    {self.dice.choice((self.sentence(calls=False), items))}")
        if self.dice.random() < 0.1:
            lines += [f"    {self.phrase(40, 90)}."] * self.dice.randint(1, 3)
        return "\n\n".join(lines)

    def paragraph(self) -> str:
        """Return a paragraph."""
        return " ".join(self.sentence() for _ in range(self.dice.randint(1, 7)))

    def heading(self) -> str:
        """Return a heading with the paragraph below it."""
        level = "##" if self.dice.random() < 0.7 or not self.ids else "###"
        text = self.phrase(1, 6) + self.call()
        if self.dice.random() < 0.2:
            text += f" {{: #part-{len(self.notes)}-{self.dice.randint(1, 10**9)} }}"
        return f"{level} {text}\n\n{self.paragraph()}"

    def items(self) -> str:
        """Return a list with a list inside."""
        mark = self.dice.choice(("-", "1."))
        count = self.dice.randint(2, 5)
        lines = [f"{mark} {self.sentence()}" for _ in range(count)]
        lines.insert(1, f"    - {self.sentence()}")
        return "\n".join(lines)

    def definitions(self) -> str:
        """Return a list of definitions."""
        parts = [f"{self.phrase(1, 2)}\n:   {self.sentence()}" for _ in range(2)]
        return "\n\n".join(parts)

    def quotation(self) -> str:
        """Return a quotation or a pull quote."""
        if self.dice.random() < 0.3:
            return f"> [!pull]\n> {self.phrase(4, 12)}."
        return f"> {self.sentence()}\n>\n> — {self.phrase(1, 4)}{self.call()}"

    def callout(self) -> str:
        """Return a callout."""
        title = self.phrase(1, 4) if self.dice.random() < 0.7 else ""
        head = f"> [!{self.dice.choice(KINDS)}] {title}".rstrip()
        return f"{head}\n> {self.sentence()}\n>\n> - {self.sentence()}"

    def code(self) -> str:
        """Return a block of code, or a break."""
        return self.dice.choice(("```toml\n[color]\na = '#fff'\n```", "* * *"))

    def html(self) -> str:
        """Return raw HTML that is allowed."""
        return f"<p>{self.phrase(2, 8)} <small>1</small> CO<sub>2</sub></p>"

    def table(self) -> str:
        """Return a table, perhaps with headline, measure and source."""
        rows = [
            f"| {2010 + row} | {self.dice.randint(1, 99)}.{row} | {self.phrase(1, 4)} |"
            for row in range(self.dice.randint(2, 12))
        ]
        cells = "\n".join(["| Year | Rail | Sea |", "| --- | ---: | :-- |", *rows])
        if self.dice.random() < 0.4:
            return cells
        name = f"t{len(self.ids)}"
        self.ids.append(name)
        head = f"Table: {self.phrase(2, 6)}{self.call()}\nTonnes\n{{: #{name} }}"
        return f"{head}\n\n{cells}\n\n— {self.phrase(1, 4)}"

    def figure(self) -> str:
        """Return a figure, and add its files."""
        name = f"f{len(self.ids)}"
        suffix = self.dice.choice(("svg", "svg", "png", "jpg"))
        file = f"{name}.{suffix}"
        if suffix == "svg":
            self.pictures[file] = _chart(self.dice, 620, 360).encode()
        else:
            kind = "JPEG" if suffix == "jpg" else "PNG"
            self.pictures[file] = _photograph(self.dice, kind)
        alt = self.phrase(3, 8)
        if self.dice.random() < 0.3:
            return f"![{alt}]({file})"
        self.ids.append(name)
        data = ""
        if self.dice.random() < 0.4:
            self.pictures[f"{name}.csv"] = b"Year,Value\n2015,1.5\n2016,2\n"
            data = f" data={name}.csv"
        title = f"{self.phrase(2, 7)}{self.call()}".replace('"', "")
        return f'![{alt}]({file} "{title}"){{: #{name}{data} }}\nIndex\n— Institute'


def _yaml(value: object) -> str:
    """Return a value as YAML: JSON is YAML, but dates and drafts are plain."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "".join(
            f"\n  - date: {entry['date']}\n    text: {json.dumps(entry['text'])}"
            for entry in value
        )
    text = json.dumps(value, ensure_ascii=False)
    return text.strip('"') if text[1:5].isdigit() and text[5] == "-" else text


def _chart(dice: Random, width: int, height: int) -> str:
    bars = "".join(
        f'<rect x="{10 + index * width // 8}" y="{height - high}" width="30" '
        f'height="{high}" fill="#446"/>'
        for index in range(8)
        for high in [dice.randint(5, height)]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><title>Bars</title>{bars}</svg>\n'
    )


def _photograph(dice: Random, kind: str) -> bytes:
    size = (dice.randint(200, 900), dice.randint(100, 600))
    out = io.BytesIO()
    small = Image.frombytes("RGB", (6, 4), dice.randbytes(72))
    small.resize(size, Image.Resampling.BICUBIC).save(out, kind)
    return out.getvalue()


if __name__ == "__main__":
    write_project(Path(sys.argv[1]), int(sys.argv[2]))
