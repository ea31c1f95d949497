"""A build that is ended at any moment leaves no process, and the next build is complete."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from test_engine_workers import driver

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
TEXTS = {"a": "one", "b": "two", "c": "three"}


def project(folder: Path, texts: dict[str, str]) -> Path:
    """Write a folder of texts."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text)
    return folder


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    """Start the build of `builddriver`."""
    paths = [str(folder / name) for name in ("project", "out", "cache")]
    return subprocess.Popen(
        [sys.executable, str(HERE / "engine_driver.py"), *paths, *options],
        env={**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parent / 'src'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def build(folder: Path, *options: str, status: int = 0) -> str:
    """Run the build of `builddriver`, and return its last line."""
    process = start(folder, *options)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (status, "")
    return out.strip().rpartition("\n")[2]


def tree(folder: Path) -> dict[str, bytes]:
    """Return the published files of an output folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in files
        if ".briefpress" not in p.parts
    }


def children(process: subprocess.Popen[str]) -> list[int]:
    try:
        return [
            int(pid)
            for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children")
            .read_text()
            .split()
        ]
    except FileNotFoundError:
        return []


def is_alive(pid: int) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            not in "ZX"
        )
    except FileNotFoundError:
        return False


def wait_for(what: Callable[[], object], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]
)
@pytest.mark.parametrize("stopped", [pytest.param(False, marks=pytest.mark.slow), True])
def test_no_signal_leaves_an_orphan_or_a_traceback(
    tmp_path: Path,
    number: int,
    stopped: bool,  # noqa: FBT001
) -> None:
    project(tmp_path / "project", TEXTS)
    process = start(tmp_path, "--seconds", "30")
    wait_for(lambda: len(children(process)) == 2)
    time.sleep(0.1)
    workers = children(process)
    if stopped:
        os.kill(workers[0], signal.SIGSTOP)
    begun = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    wait_for(lambda: not any(map(is_alive, workers)))
    assert time.monotonic() - begun < 5.0
    assert (out, err) == ("", "")
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)


def test_a_program_that_a_step_has_started_ends_with_the_build(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    process = driver(
        tmp_path,
        f"""
        from briefpress.engine.signals import TerminatedError, raise_on_termination
        try:
            settings = Settings(ledger={str(ledger)!r})
            with raise_on_termination(), open_engine(store) as engine:
                engine.run([call("page", start_program, settings)])
        except TerminatedError:
            print("ended")
        """,
    )
    wait_for(lambda: ledger.exists() and ledger.read_text())
    process.terminate()
    assert process.communicate(timeout=20) == ("ended\n", "")
    wait_for(lambda: not is_alive(int(ledger.read_text())))


def test_more_signals_do_not_interrupt_the_end_of_a_build(tmp_path: Path) -> None:
    project(tmp_path / "project", TEXTS)
    process = start(tmp_path, "--seconds", "30")
    wait_for(lambda: len(children(process)) == 2)
    for _ in range(50):
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=20) == ("", "")


def test_a_build_under_nohup_ignores_the_signal(tmp_path: Path) -> None:
    project(tmp_path / "project", TEXTS)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    process = start(tmp_path, "--seconds", "0.5")
    signal.signal(signal.SIGHUP, before)
    wait_for(lambda: len(children(process)) == 2)
    process.send_signal(signal.SIGHUP)
    assert process.communicate(timeout=20)[0].endswith("ran 5\n")


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose texts have changed since its last build.

    It is in `stale`; in `clean` is a clean build of the same texts.
    """
    folder = tmp_path_factory.mktemp("press")
    texts = {"a": "one", "b": "two, at more length", "d": "four"}
    project(folder / "clean" / "project", texts)
    build(folder / "clean")
    project(folder / "stale" / "project", TEXTS)
    build(folder / "stale")
    project(folder / "stale" / "project", texts)
    return folder


def end_at(press: Path, tmp_path: Path, count: int, kind: str) -> bool:
    """End a build at one change to the disk, and build again.

    Return whether the first build came to that change.
    """
    folder, clean = tmp_path / f"{kind}-{count}", tree(press / "clean" / "out")
    shutil.copytree(press / "stale", folder)
    before = tree(folder / "out")
    process = start(folder, "--fail", str(count), kind)
    out, err = process.communicate(timeout=60)
    assert err == ""
    assert (
        out.startswith("B07 cannot write") or kind == "KILL" or not process.returncode
    )
    for path, data in tree(folder / "out").items():
        assert data in {before.get(path), clean.get(path)}, "half a file"
    build(folder)
    assert tree(folder / "out") == clean
    assert sorted(p.name for p in (folder / "out" / ".briefpress").iterdir()) == [
        "lock",
        "manifest.json",
    ]
    return process.returncode != 0


RARER_ENDS = (
    *(("KILL", count) for count in (4, 19, 24, 30, 33)),
    *(("EIO", 27), ("ENOSPC", 1)),
)


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("KILL", 28),
        ("EIO", 11),
        ("ENOSPC", 26),
        *(
            pytest.param(kind, count, marks=pytest.mark.slow)
            for kind, count in RARER_ENDS
        ),
    ],
)
def test_a_build_that_ends_at_some_changes_to_the_disk_can_be_repeated(
    press: Path, tmp_path: Path, kind: str, count: int
) -> None:
    end_at(press, tmp_path, count, kind)


def test_a_build_that_ends_at_any_change_to_the_disk_can_be_repeated(
    press: Path, tmp_path: Path
) -> None:
    """It is killed at one change, and fails at the next; `make torture` tries both."""
    count = 1
    while end_at(press, tmp_path, count, "EIO" if count % 2 else "KILL") or count < 20:
        count += 1
    assert count > 30


def test_a_build_that_is_killed_at_a_random_moment_can_be_repeated(
    press: Path, tmp_path: Path
) -> None:
    clean = tree(press / "clean" / "out")
    generator = random.Random(5)  # noqa: S311 - moments, not secrets
    reached = 0
    for number in range(30):
        folder = shutil.copytree(press / "stale", tmp_path / str(number))
        process = start(folder)
        time.sleep(generator.uniform(0.02, 0.35))
        process.kill()
        reached += process.wait() != 0
        process.communicate()
        build(folder)
        assert tree(folder / "out") == clean
    assert reached > 5


def test_an_edit_during_a_build_is_published_by_the_next_one(tmp_path: Path) -> None:
    text = project(tmp_path / "project", TEXTS) / "a.md"
    process = start(tmp_path, "--seconds", "0.3")
    wait_for(lambda: len(children(process)) == 2)
    text.write_text("edited during the build")
    assert process.communicate(timeout=60) == ("\nran 5\n", "")
    assert tree(tmp_path / "out")["page/a.txt"] == b"md=one;"
    assert build(tmp_path, "--seconds", "0.3") == "ran 3"
    assert tree(tmp_path / "out")["page/a.txt"] == b"md=edited during the build;"
    assert build(tmp_path, "--seconds", "0.3") == "current"


def test_a_store_that_is_deleted_during_a_build_is_made_again(
    tmp_path: Path,
) -> None:
    project(tmp_path / "project", TEXTS)
    process = start(tmp_path, "--seconds", "0.3")
    wait_for(lambda: len(children(process)) == 2)
    shutil.rmtree(tmp_path / "cache")
    assert process.communicate(timeout=60)[1] == ""
    build(tmp_path, "--seconds", "0.3")
    assert tree(tmp_path / "out")["page/b.txt"] == b"md=two;"


def test_two_builds_at_once_share_a_store_and_publish_in_turn(
    tmp_path: Path,
) -> None:
    project(tmp_path / "project", TEXTS)
    one, two = (start(tmp_path, "--seconds", "0.2") for _ in range(2))
    last_lines = {
        process.communicate(timeout=60)[0].split("\n")[-2] for process in (one, two)
    }
    assert last_lines in ({"ran 5", "ran 0"}, {"ran 5", "current"})
    assert build(tmp_path, "--seconds", "0.2") == "current"


def test_two_builds_that_share_a_store_make_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        project(tmp_path / name / "project", {str(n): f"text {n}" for n in range(20)})
        (tmp_path / "cache").mkdir(exist_ok=True)
        (tmp_path / name / "cache").symlink_to(tmp_path / "cache")
    processes = [start(tmp_path / name) for name in ("one", "two")]
    assert [process.communicate(timeout=60)[1] for process in processes] == ["", ""]
    assert tree(tmp_path / "one" / "out") == tree(tmp_path / "two" / "out") != {}
