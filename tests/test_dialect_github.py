"""The dialect has the structure that CommonMark and GitHub give a text.

`docs/markup.md` lists where it differs, and why.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from commonmark import (
    Part,
    differences,
    equal_blocks,
    parts_of,
    read_examples,
    structure_of,
    structure_on_github,
)
from github_texts import texts

PACKAGE = Path(__file__).parent / "readers" / "node_modules" / "commonmark-spec"
SPECIFICATION = Path(os.environ.get("COMMONMARK_SPEC", PACKAGE / "spec.txt"))
# Examples of CommonMark 0.31.2 that we read in another way. `docs/markup.md` says why.
KNOWN = {
    150: "words directly in a `div` are Markdown",
    155: "likewise",
    159: "likewise",
    189: "likewise",
    156: "an HTML tag without an end is printed, not lost",
    157: "likewise",
    158: "likewise",
    173: "likewise",
    182: "a section of XML is printed, not lost",
    629: "likewise",
    144: "`;` is no language of code",
}


def test_the_examples_of_commonmark_have_their_structure() -> None:
    examples = read_examples(SPECIFICATION)
    assert len(examples) == 652
    different = {
        example.number
        for example in examples
        if structure_of(example.markdown)
        not in (parts_of(example.html), structure_on_github(example.markdown))
    }
    assert different == set(KNOWN)
    assert len(different) < 0.05 * len(examples)


@pytest.mark.slow
def test_random_texts_have_the_structure_that_github_gives_them() -> None:
    same_blocks = all_blocks = 0
    different: list[str] = []

    @seed(1)
    @settings(
        max_examples=300,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(texts())
    def compare(text: str) -> None:
        nonlocal same_blocks, all_blocks
        ours, theirs = structure_of(text), structure_on_github(text)
        same, count = equal_blocks(ours, theirs)
        same_blocks += same
        all_blocks += count
        if same < count:
            different.append("\n".join([repr(text), *differences(ours, theirs)]))

    compare()
    assert same_blocks >= 0.99 * all_blocks, "\n\n".join(different[:20])


TEXT = """\
## A heading

Some *words* and [a link](https://example.org/a) with `code` and a call.[^one]

1. first
2. second
   - inner

> quoted

| a | b |
|---|--:|
| 1 | 2 |

```python
x  = 1
```

![alt](a.svg "title")

<div>

raw

</div>

[^one]: The note.
"""


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        ("## A", "### A"),
        ("*words*", "**words**"),
        ("*words*", "words"),
        ("Some", "Some more"),
        ("example.org/a", "example.org/b"),
        ("`code`", "code"),
        ("`code`", "`cod`"),
        ("1. first\n2. second", "2. first\n3. second"),
        ("1. first\n2. second", "1. first\n\n2. second"),
        ("1. first\n2. second", "- first\n- second"),
        ("   - inner", "3. inner"),
        ("> quoted", "quoted"),
        ("--:", "---"),
        ("| 1 | 2 |", "| 2 | 1 |"),
        ("| 1 | 2 |\n", ""),
        ("x  = 1", "x = 1"),
        ("python", "r"),
        ("alt", "other"),
        ('"title"', '"other"'),
        ("a.svg", "b.svg"),
        ("<div>\n\nraw\n\n</div>", "raw"),
        ("The note.", "Another note."),
        ("[^one]\n", "\n"),
    ],
)
def test_the_comparison_finds_each_planted_difference(
    written: str, changed: str
) -> None:
    assert structure_of(TEXT) == structure_on_github(TEXT)
    other = TEXT.replace(written, changed, 1)
    assert other != TEXT
    assert differences(structure_of(TEXT), structure_on_github(other))
    same, count = equal_blocks(structure_of(TEXT), structure_on_github(other))
    assert same < max(count, len(structure_of(TEXT)))


def test_blocks_are_counted_once() -> None:
    parts = [Part(0, "p"), Part(1, "words", "a"), Part(0, "p"), Part(1, "words", "b")]
    assert equal_blocks(parts, parts) == (2, 2)
    assert equal_blocks(parts[:2], parts) == (1, 2)
