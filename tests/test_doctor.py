"""The doctor finds what lacks on a machine that lacks it, and says the line to type."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from briefpress import doctor

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "setup" / "system.sh"

SPEAK = """
import json, sys
from briefpress.doctor import examine, status
found = examine()
told = {"findings": {f.subject: f.to_json() for f in found}, "status": status(found), "loaded": sorted(sys.modules)}
print(json.dumps(told))
"""


def told_in(environment: dict[str, str]) -> dict[str, Any]:
    """Return what a doctor says who works in this environment."""
    done = subprocess.run(
        [sys.executable, "-c", SPEAK],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture
def no_pango(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which Pango cannot be opened: what is found first by its name is no library."""
    for name in ("libpango-1.0.so.0", "libpango-1.0.dylib"):
        (tmp_path / name).write_bytes(b"no library")
    return {
        **os.environ,
        "LD_LIBRARY_PATH": str(tmp_path),
        "DYLD_LIBRARY_PATH": str(tmp_path),
    }


def test_this_machine_can_run_the_press() -> None:
    findings = doctor.examine(ROOT)
    assert [
        str(finding) for finding in findings if finding.needed and not finding.ok
    ] == []
    assert doctor.status(findings) == 0


def test_a_hidden_pango_is_lacking_and_the_doctor_still_speaks(
    no_pango: dict[str, str],
) -> None:
    told = told_in(no_pango)
    pango = told["findings"]["Pango"]
    assert not pango["ok"]
    assert pango["detail"].startswith("cannot open Pango")
    assert "install" in pango["cure"]
    assert told["status"] == 3
    assert "weasyprint" not in told["loaded"]


def test_the_system_script_says_the_line_and_exits_with_3(
    no_pango: dict[str, str],
) -> None:
    said_once = {
        **no_pango,
        "BRIEFPRESS_INSTALLED": "1",
    }  # as after an installation that did not help: never in a circle
    done = subprocess.run(
        [SCRIPT, "run"], env=said_once, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert done.stdout == ""
    for line in doctor.PACKAGES["pango"].values():
        assert line in done.stderr


def test_the_system_script_says_nothing_when_nothing_lacks() -> None:
    done = subprocess.run([SCRIPT, "test"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_system_script_names_the_same_packages() -> None:
    words = dict(
        re.findall(
            r'^((?:apt|dnf|brew)_\w+)="(.*)"$', SCRIPT.read_text("utf-8"), re.MULTILINE
        )
    )
    for what in ("pango", "java", "node", "chromium"):
        lines = doctor.PACKAGES[what]
        assert [words[f"{m}_{what}"] for m in ("apt", "dnf", "brew")] == [
            lines[m] for m in ("apt-get", "dnf", "brew")
        ]


def test_the_names_are_those_by_which_weasyprint_opens_its_libraries() -> None:
    spec = find_spec("weasyprint")
    assert spec is not None
    assert spec.origin is not None
    source = ast.parse(
        Path(spec.origin).with_name("text").joinpath("ffi.py").read_text("utf-8")
    )
    calls = [
        node
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_dlopen"
    ]
    theirs = [{ast.literal_eval(arg) for arg in call.args[1:]} for call in calls]
    needed = [
        names for names in theirs if not any("vector" in name for name in names)
    ]  # optional, and new
    assert len(needed) == len(doctor.LIBRARIES)
    for names in doctor.LIBRARIES.values():
        assert any(set(names) <= their for their in needed), names


def test_a_folder_that_is_no_folder_is_lacking(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file where the editions should go")
    folder = next(
        finding for finding in doctor.examine(tmp_path) if finding.subject == "Folder"
    )
    assert not folder.ok
    assert str(tmp_path / "build") in folder.detail
    assert doctor.status([folder]) == 3


def test_a_machine_without_java_and_chromium_still_runs_the_press(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = {finding.subject: finding for finding in doctor.examine(ROOT)}
    assert not findings["Java"].ok
    assert not findings["Node"].ok
    assert not findings["Chromium"].ok
    assert doctor.status(findings.values()) == 0
    for manager in ("sudo apt-get", "sudo dnf", "brew"):
        assert f"{manager} install" in findings["Java"].cure


@pytest.mark.parametrize("found", ["69.0", ""])
def test_another_weasyprint_is_lacking(
    monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    monkeypatch.setattr(
        doctor, "_version", lambda package: found if package == "weasyprint" else "1"
    )
    engine = next(
        finding for finding in doctor.examine(ROOT) if finding.subject == "WeasyPrint"
    )
    assert not engine.ok
    assert "70.0" in engine.cure


def test_a_finding_shows_its_cure_only_when_it_lacks() -> None:
    lacking = doctor.Finding(
        "Pango", ok=False, detail="cannot open Pango", cure="`brew install pango`"
    )
    assert (
        str(lacking)
        == "LACKS    Pango: cannot open Pango\n         cure: `brew install pango`"
    )
    assert str(replace(lacking, ok=True)) == "ok       Pango: cannot open Pango"
    assert str(replace(lacking, needed=False)).startswith("without  Pango")
