"""A Dask cluster of real processes on this machine, one of which dies in mid-build."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from briefpress.engine.remote import RemoteExecutor, open_cluster
from briefpress.engine.scheduler import Engine
from briefpress.engine.step import Event, Step
from briefpress.engine.store import Store
from briefpress.problems import BriefpressError
from engine_steps import (
    Settings,
    Text,
    call,
    chain,
    join,
    run_steps,
    stored,
    take_time,
    text_of,
)
from sample_press import BRIEFPRESS
from test_engine_killed import tree

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
TALKS = {  # nothing but 127.0.0.1, and words about what goes wrong only
    "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical",
    "DASK_DISTRIBUTED__SCHEDULER__DASHBOARD__ENABLED": "false",
}


def dask(
    *arguments: str, source: Path = HERE.parent / "src"
) -> subprocess.Popen[bytes]:
    """Start a part of the cluster as a machine of its own would."""
    environment = {**os.environ, **TALKS, "PYTHONPATH": f"{HERE}:{source}"}
    command = [
        sys.executable,
        "-m",
        "distributed.cli.dask_" + arguments[0],
        *arguments[1:],
    ]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(
    folder: Path, *sources: Path
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler, and a worker with each of the sources; yield the address of the first, and the workers."""
    address = f"127.0.0.1:{free_port()}"
    host, port = address.split(":")
    scheduler = dask(
        "scheduler", "--host", host, "--port", port, "--no-dashboard", "--no-show"
    )
    worker = (
        "worker",
        address,
        "--host",
        host,
        "--nthreads",
        "1",
        "--no-nanny",
        "--no-dashboard",
    )
    workers = [
        dask(*worker, "--local-directory", str(folder / str(n)), source=source)
        for n, source in enumerate(sources)
    ]
    try:
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, and the address of the first."""
    with started(tmp_path, HERE.parent / "src", HERE.parent / "src") as both:
        yield both


def steps(store: Store) -> list[Step[Text]]:
    slow = Settings(seconds=0.2)
    pages = []
    for number in range(12):
        text = stored(store, b"%d" % number)
        pages.append(call(f"page{number}", take_time, slow, text=text))
    texts = {page.name: text_of(page) for page in pages}
    return [*pages, call("all", join, **texts), *chain(store, b"one")]


def test_a_machine_that_is_lost_changes_no_byte(
    tmp_path: Path, machines: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = machines
    local, remote = Store(tmp_path / "local"), Store(tmp_path / "remote")
    done: list[str] = []

    def lose(event: Event) -> None:
        if event.outcome is not None:
            done.append(event.step.name)
            if len(done) == 4:
                workers[0].kill()

    with open_cluster(address, seconds=30, workers=2) as (cluster, jobs):
        executor = RemoteExecutor(remote, jobs, ["engine_steps"], cluster)
        with Engine(remote, executor, on_event=lose) as engine:
            two = engine.run(steps(remote))
    one = run_steps(local, steps(local), jobs=2)
    assert workers[0].poll() is not None
    assert {n: (o.state, o.files) for n, o in one.items()} == {
        n: (o.state, o.files) for n, o in two.items()
    }
    for outcome in two.values():
        for digest in outcome.files.values():
            assert remote.read(digest) == local.read(digest)


def test_a_cluster_that_does_not_answer_is_a_problem() -> None:
    with (
        pytest.raises(BriefpressError, match="no Dask scheduler answers at"),
        open_cluster(f"127.0.0.1:{free_port()}", 0.5),
    ):
        pass


PRESS = """\
theme = "civic"
[organisation]
name = "House"
url = "https://house.example"
[programs.ewp]
name = "Program"
"""
BRIEF = "---\ntitle: One\ndate: 2024-01-02\n---\nText.[^1]\n\n[^1]: A note.\n"


def build(project: Path, *options: str, path: str = "") -> subprocess.Popen[str]:
    """Start the program itself on a project."""
    command = [*BRIEFPRESS, "build", "--project", str(project), *options]
    environment = {
        **os.environ,
        **TALKS,
        "PYTHONPATH": f"{path}{HERE.parent / 'src'}",
        "COLUMNS": "200",
    }
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def press(folder: Path, **briefs: str) -> Path:
    """Write a press with these briefs."""
    (folder / "briefs").mkdir(parents=True)
    (folder / "press.toml").write_text(PRESS)
    for slug, text in briefs.items():
        (folder / "briefs" / f"{slug}.md").write_text(text)
    return folder


def test_a_build_elsewhere_makes_the_same_bytes_though_a_machine_is_lost(
    tmp_path: Path, machines: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    """Three briefs, through a scheduler and two workers, one of which is killed when the first PDF is there."""
    address, workers = machines
    project = tmp_path / "project"
    subprocess.run(
        [sys.executable, str(HERE.parent / "bench" / "corpus.py"), str(project), "3"],
        check=True,
    )
    here = build(
        project, "--out", str(tmp_path / "here"), "--cache", str(tmp_path / "cache")
    )
    assert (here.communicate(), here.returncode)[1] == 0
    there = build(project, "--executor", f"dask://{address}")
    assert there.stderr
    lines = [there.stderr.readline()]
    workers[0].kill()
    out, err = there.communicate()
    assert lines[0].startswith("made "), (lines, out, err)
    assert there.returncode == 0, (lines, out, err)
    assert tree(project / "build") == tree(tmp_path / "here")
    again = build(project)
    assert "nothing to do" in again.communicate()[0], (
        "the receipt is the same, wherever the steps were performed"
    )


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.7:8786",
        "dask://host",
        "dask://:1",
        "dask://a:0",
        "dask://a/b:1",
        "dask://a:x",
    ],
)
def test_a_bad_address_is_wrong_usage(tmp_path: Path, address: str) -> None:
    process = build(tmp_path, "--executor", address)
    assert "dask://HOST:PORT" in process.communicate()[1]
    assert process.returncode == 2


def test_a_scheduler_that_does_not_answer_is_status_3(tmp_path: Path) -> None:
    process = build(
        press(tmp_path / "press", one=BRIEF),
        "--executor",
        f"dask://127.0.0.1:{free_port()}",
    )
    out, err = process.communicate()
    assert (process.returncode, out) == (3, "")
    assert "no Dask scheduler answers at" in err
    assert "Traceback" not in err


def test_without_the_extra_the_line_to_type_is_told(tmp_path: Path) -> None:
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "distributed.py").write_text(
        "raise ModuleNotFoundError('distributed')"
    )
    project = press(tmp_path / "press", one=BRIEF)
    process = build(
        project, "--executor", "dask://127.0.0.1:1", path=f"{tmp_path / 'without'}:"
    )
    assert "pip install 'briefpress[dask]'" in process.communicate()[1]
    assert process.returncode == 3


def test_a_worker_with_other_code_is_refused(tmp_path: Path) -> None:
    other = Path(
        shutil.copytree(
            HERE.parent / "src",
            tmp_path / "src",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    )
    with (other / "briefpress" / "pipeline" / "steps.py").open("a") as file:
        file.write("# another release\n")
    with started(tmp_path, other) as (address, _):
        process = build(
            press(tmp_path / "press", one=BRIEF), "--executor", f"dask://{address}"
        )
        out, err = process.communicate()
    assert (process.returncode, out) == (3, "")
    assert "has other code or libraries than this build" in err
    assert err.count("error[") == 1


def test_ctrl_c_leaves_no_traceback(
    tmp_path: Path, machines: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    project = press(tmp_path / "press", **{f"brief{n}": BRIEF for n in range(9)})
    process = build(project, "--executor", f"dask://{machines[0]}")
    assert process.stderr
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "stopped; all published files are complete" in err
    assert "Traceback" not in err
