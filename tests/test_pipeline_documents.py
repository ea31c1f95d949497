"""Parts of the pipeline: the names of files in a text."""

from __future__ import annotations

import pytest

from briefpress.pipeline.stages import FILE_NAMES


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('![a chart](rents.svg "Rents rose"){: data=rents.csv }', "rents.svg"),
        ('![a chart](rents.svg "Rents rose"){: data=rents.csv }', "rents.csv"),
        ("![x](<with space.png>)", "with"),
        ("[pic]: img/a.png\n", "img/a.png"),
        ('<img src="b.png" alt="x">', "b.png"),
    ],
)
def test_names_of_files_are_seen_in_the_text(text: str, name: str) -> None:
    assert name in {part for found in FILE_NAMES.findall(text) for part in found}
