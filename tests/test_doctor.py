"""`briefpress doctor` finds what is missing on a machine, and says how to install it."""

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

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "setup" / "system.sh"

PROGRAM = """
import json, sys
from briefpress.doctor import check_machine, exit_status
findings = check_machine()
print(json.dumps({
    "findings": {each.subject: each.to_json() for each in findings},
    "status": exit_status(findings),
    "imported": sorted(sys.modules),
}))
"""


def findings_in(environment: dict[str, str]) -> dict[str, Any]:
    """Return what the doctor finds in this environment, and the modules it imports."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def finding_of(project: Path, subject: str) -> doctor.Finding:
    """Return the finding about one subject."""
    findings = {each.subject: each for each in doctor.check_machine(project)}
    return findings[subject]


@pytest.fixture
def no_pango(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which Pango cannot be opened.

    The first file of its name that the linker finds is not a library.
    """
    for name in ("libpango-1.0.so.0", "libpango-1.0.dylib"):
        (tmp_path / name).write_bytes(b"not a library")
    folders = {"LD_LIBRARY_PATH": str(tmp_path), "DYLD_LIBRARY_PATH": str(tmp_path)}
    return {**os.environ, **folders}


def test_this_machine_has_all_that_briefpress_needs() -> None:
    findings = doctor.check_machine(ROOT)
    missing = [str(each) for each in findings if each.needed and not each.ok]
    assert missing == []
    assert doctor.exit_status(findings) == 0


def test_the_doctor_reports_a_missing_pango_without_importing_weasyprint(
    no_pango: dict[str, str],
) -> None:
    result = findings_in(no_pango)
    pango = result["findings"]["Pango"]
    assert not pango["ok"]
    assert pango["detail"].startswith("cannot open Pango")
    assert "install" in pango["cure"]
    assert result["status"] == 3
    assert "weasyprint" not in result["imported"]


def test_a_build_without_pango_says_how_to_install_it(
    no_pango: dict[str, str], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    (project / "briefs").mkdir(parents=True)
    (project / "press.toml").write_text('[organisation]\nname = "House"\n', "utf-8")
    brief = "---\ntitle: One\ndate: 2024-01-02\n---\nText.\n"
    (project / "briefs" / "one.md").write_text(brief, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "briefpress", "build", "--to", "pdf"],
        cwd=project,
        env=no_pango,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "MISSING  Pango: cannot open Pango" in done.stderr
    assert "fix: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_system_script_says_how_to_install_pango_and_exits_with_3(
    no_pango: dict[str, str],
) -> None:
    # The script sets the variable after an installation, so that it does not repeat it.
    environment = {**no_pango, "BRIEFPRESS_INSTALLED": "1"}
    done = subprocess.run(
        [SCRIPT, "run"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert done.stdout == ""
    for packages in doctor.PACKAGES["pango"].values():
        assert packages in done.stderr


def test_the_system_script_prints_nothing_if_nothing_is_missing() -> None:
    done = subprocess.run([SCRIPT, "test"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_system_script_installs_the_same_packages() -> None:
    script = SCRIPT.read_text("utf-8")
    lines = re.findall(r'^((?:apt|dnf|brew)_\w+)="(.*)"$', script, re.MULTILINE)
    in_script = dict(lines)
    for what in ("pango", "java", "node", "chromium"):
        packages = doctor.PACKAGES[what]
        assert in_script[f"apt_{what}"] == packages["apt-get"]
        assert in_script[f"dnf_{what}"] == packages["dnf"]
        assert in_script[f"brew_{what}"] == packages["brew"]


def test_the_libraries_have_the_names_that_weasyprint_opens() -> None:
    spec = find_spec("weasyprint")
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "text" / "ffi.py").read_text("utf-8")
    names_in_weasyprint = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_dlopen":
            names = {ast.literal_eval(argument) for argument in node.args[1:]}
            if not any("vector" in name for name in names):  # optional, and new
                names_in_weasyprint.append(names)
    assert len(names_in_weasyprint) == len(doctor.LIBRARIES)
    for ours in doctor.LIBRARIES.values():
        assert any(names.issuperset(ours) for names in names_in_weasyprint), ours


def test_a_file_in_place_of_the_output_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file")
    folder = finding_of(tmp_path, "Folder")
    assert not folder.ok
    assert str(tmp_path / "build") in folder.detail
    assert doctor.exit_status([folder]) == 3


def test_a_machine_without_the_programs_of_the_tests_is_good_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = {each.subject: each for each in doctor.check_machine(ROOT)}
    assert not findings["Java"].ok
    assert not findings["Node"].ok
    assert not findings["Chromium"].ok
    assert doctor.exit_status(findings.values()) == 0
    for manager in ("sudo apt-get", "sudo dnf", "brew"):
        assert f"{manager} install" in findings["Java"].fix


@pytest.mark.parametrize("installed", ["69.0", ""])
def test_another_version_of_weasyprint_is_an_error(
    monkeypatch: pytest.MonkeyPatch, installed: str
) -> None:
    def version(package: str) -> str:
        return installed if package == "weasyprint" else "1"

    monkeypatch.setattr(doctor, "_version", version)
    weasyprint = finding_of(ROOT, "WeasyPrint")
    assert not weasyprint.ok
    assert "70.0" in weasyprint.fix


def test_a_finding_shows_its_fix_only_if_something_is_missing() -> None:
    missing = doctor.Finding(
        "Pango", ok=False, detail="cannot open Pango", fix="`brew install pango`"
    )
    fix = "         fix: `brew install pango`"
    assert str(missing) == f"MISSING  Pango: cannot open Pango\n{fix}"
    assert str(replace(missing, ok=True)) == "ok       Pango: cannot open Pango"
    assert str(replace(missing, needed=False)).startswith("optional Pango: ")
