"""`briefpress list` shows the briefs, programs and collections that commands accept."""

from __future__ import annotations

import json
from pathlib import Path

from small_press import PRESS, new_project, replace_in_brief, run

__all__ = ["new_project"]  # a fixture

COLLECTIONS = """\
[collections.best]
title = "Best of the House"
select = { briefs = ["one"] }
[collections.all]
title = "All of Them"
select = { year = 2024 }
"""


def test_the_list_has_briefs_programs_and_collections(new_project: Path) -> None:
    # issue 10, item 4: `make epub/x` points here, and the list had no collections
    (new_project / "press.toml").write_text(PRESS + COLLECTIONS, "utf-8")
    done = run("list", new_project)
    assert done.returncode == 0
    assert done.stderr == ""
    assert (
        done.stdout
        == """\
2024-02-02  a  two  Two
2024-01-02  a  one  One

programs:
a  2 briefs  Program A

collections:
best   1 brief  Best of the House
all   2 briefs  All of Them
"""
    )


def test_the_list_marks_drafts_and_names_the_files_with_errors(
    new_project: Path,
) -> None:
    replace_in_brief(new_project, "one", "program: a", "program: a\ndraft: true")
    replace_in_brief(new_project, "two", "date: 20", "date: the year 20")
    done = run("list", new_project)
    assert done.stdout.splitlines()[0] == "2024-01-02  a  one  One (draft)"
    assert "a  0 briefs  Program A" in done.stdout
    message = "there are errors in briefs/two.md: run `briefpress check`"
    assert done.stderr == f"{message}\n"


def test_the_json_list_has_a_brief_in_each_entry(new_project: Path) -> None:
    (new_project / "press.toml").write_text(PRESS + COLLECTIONS, "utf-8")
    briefs = json.loads(run("list", new_project, "--json").stdout)
    assert briefs[1] == {
        "date": "2024-01-02",
        "slug": "one",
        "file": "briefs/one.md",
        "title": "One",
        "program": "a",
        "lang": "en",
        "draft": False,
    }
    assert len(briefs) == 2
