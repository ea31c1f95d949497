"""Publishing: no half files, nothing touched without need, only our files are deleted."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from briefpress.engine.publish import OutputFolder, Published
from briefpress.engine.store import DamagedError, Store
from briefpress.problems import BriefpressError
from engine_steps import Settings, call, join, open_engine

SOURCES = Path(__file__).parent.parent / "src"
PAGES = {
    "index.html": b"all",
    "html/japan/index.html": b"japan",
    "pdf/japan.pdf": b"%PDF",
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "build"


def publish(
    out: Path,
    store: Store,
    files: dict[str, bytes],
    may_delete: Callable[[str], bool] = lambda _: True,
) -> Published:
    with OutputFolder(out) as folder:
        return folder.publish(
            {path: store.add(data) for path, data in files.items()}, store, may_delete
        )


def tree(out: Path) -> dict[str, bytes]:
    files = (
        path
        for path in out.rglob("*")
        if path.is_file() and ".briefpress" not in path.parts
    )
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def looks(out: Path) -> dict[str, tuple[int, int]]:
    return {
        str(p): (p.stat().st_mtime_ns, p.stat().st_ino)
        for p in out.rglob("*")
        if p.is_file()
    }


def test_files_are_published(out: Path, store: Store) -> None:
    assert publish(out, store, PAGES).written == tuple(sorted(PAGES))
    assert tree(out) == PAGES


def test_unchanged_files_are_not_touched(out: Path, store: Store) -> None:
    publish(out, store, PAGES)
    before = looks(out)
    assert publish(out, store, PAGES) == Published()
    assert looks(out) == {
        **before,
        str(out / ".briefpress/lock"): looks(out)[str(out / ".briefpress/lock")],
    }
    assert publish(out, store, {**PAGES, "index.html": b"more"}).written == (
        "index.html",
    )
    after = looks(out)
    assert {path for path in before if before[path] != after[path]} - {
        str(out / ".briefpress/lock")
    } == {
        str(out / "index.html"),
        str(out / ".briefpress/manifest.json"),
    }


def test_files_that_are_no_longer_made_are_deleted_with_the_folders_that_we_created(
    out: Path, store: Store
) -> None:
    (out / "pdf").mkdir(parents=True)
    publish(out, store, PAGES)
    assert publish(out, store, {"index.html": b"all"}).removed == (
        "html/japan/index.html",
        "pdf/japan.pdf",
    )
    assert tree(out) == {"index.html": b"all"}
    assert not (out / "html").exists()
    assert (out / "pdf").exists(), "this folder existed before the first build"


def test_only_files_that_the_build_may_delete_are_deleted(
    out: Path, store: Store
) -> None:
    publish(out, store, PAGES)
    publish(
        out, store, {"pdf/korea.pdf": b"%PDF 2"}, lambda path: path.startswith("pdf/")
    )
    assert tree(out).keys() == {"index.html", "html/japan/index.html", "pdf/korea.pdf"}


def test_files_of_others_are_not_touched(out: Path, store: Store) -> None:
    publish(out, store, PAGES)
    for path in ("CNAME", "html/japan/notes.txt", "pdf/other.pdf"):
        (out / path).write_bytes(b"theirs")
    before = {
        path: look
        for path, look in looks(out).items()
        if Path(path).read_bytes() == b"theirs"
    }
    publish(out, store, {})
    assert tree(out) == {
        "CNAME": b"theirs",
        "html/japan/notes.txt": b"theirs",
        "pdf/other.pdf": b"theirs",
    }
    assert before == {path: look for path, look in looks(out).items() if path in before}


def a_file(path: Path) -> None:
    path.write_bytes(b"theirs")


def a_link(path: Path) -> None:
    path.symlink_to(path.parent / "elsewhere")


def a_folder(path: Path) -> None:
    (path / "within").mkdir(parents=True)


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


@dataclass
class DiskTrace:
    """What is flushed and renamed, in order: ("flush", inode) and ("rename", inode)."""

    events: list[tuple[str, int]] = field(default_factory=list)
    target_folders: list[tuple[int, int]] = field(default_factory=list)

    def flushed(self, inode: int, start: int, end: int) -> bool:
        """Return whether an inode was flushed between two events."""
        return ("flush", inode) in self.events[start:end]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> DiskTrace:
    """Record what is flushed and renamed; flushes do nothing else."""
    trace = DiskTrace()
    rename = os.replace

    def fsync(descriptor: int) -> None:
        trace.events.append(("flush", os.fstat(descriptor).st_ino))

    def replace(source: str, target: str) -> None:
        folder = Path(target).parent.stat().st_ino
        trace.target_folders.append((len(trace.events), folder))
        trace.events.append(("rename", Path(source).stat().st_ino))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    return trace


# issue 10, item 6: the fsync before the rename
def test_files_are_flushed_before_they_are_renamed_and_folders_afterwards(
    out: Path, store: Store, disk: DiskTrace
) -> None:
    digests = {path: store.add(data) for path, data in PAGES.items()}
    disk.events.clear()
    disk.target_folders.clear()
    with OutputFolder(out) as folder:
        folder.publish(digests, store)
    renamed = [event for event in disk.events if event[0] == "rename"]
    assert len(renamed) == len(PAGES) + 2, "each page, and the manifest twice"
    for position, (kind, inode) in enumerate(disk.events):
        assert kind == "flush" or disk.flushed(inode, 0, position)
    for position, folder_inode in disk.target_folders:
        assert disk.flushed(folder_inode, position, len(disk.events))


# issue 10, item 6: the fsync before the rename
def test_many_files_are_flushed_with_their_file_system(
    out: Path, store: Store, disk: DiskTrace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flush_file_system(path: str) -> bool:
        disk.events.append(("flush", Path(path).stat().st_dev))
        return True

    monkeypatch.setattr("briefpress.engine.disk._flush_file_system", flush_file_system)
    digests = {f"{n}/a": store.add(b"%d" % n) for n in range(20)}
    disk.events.clear()
    with OutputFolder(out) as folder:
        folder.publish(digests, store)
    file_system = ("flush", out.stat().st_dev)
    pages = [(out / path).stat().st_ino for path in digests]
    renames = [disk.events.index(("rename", inode)) for inode in pages]
    assert file_system in disk.events[: min(renames)]
    assert file_system in disk.events[max(renames) :]


@pytest.mark.parametrize("kind", [a_file, a_link, a_folder, a_pipe])
@pytest.mark.parametrize("where", ["index.html", "html/japan/index.html"])
def test_something_in_the_way_of_a_file_is_an_error_and_is_left_alone(
    out: Path, store: Store, kind: Callable[[Path], None], where: str
) -> None:
    (out / where).parent.mkdir(parents=True)
    kind(out / where)
    before = os.lstat(out / where)
    published = publish(out, store, PAGES)
    after = os.lstat(out / where)
    assert [(p.code, str(out / where) in p.message) for p in published.problems] == [
        ("B05", True)
    ]
    # Reading it is no change, so the time of access may differ.
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert set(published.written) == PAGES.keys() - {where}


@pytest.mark.parametrize("kind", [a_file, a_link])
def test_something_in_the_way_of_a_folder_is_an_error(
    out: Path, store: Store, kind: Callable[[Path], None]
) -> None:
    out.mkdir()
    (out / "elsewhere").mkdir()
    kind(out / "html")
    assert [p.code for p in publish(out, store, PAGES).problems] == ["B05"]
    assert not list((out / "elsewhere").iterdir())


def test_a_file_with_the_right_bytes_becomes_ours(out: Path, store: Store) -> None:
    """For example because the manifest was lost."""
    publish(out, store, PAGES)
    (out / ".briefpress/manifest.json").unlink()
    before = looks(out)
    assert not publish(out, store, PAGES).problems
    assert {
        p: look for p, look in looks(out).items() if ".briefpress" not in p
    }.items() <= before.items()
    assert len(publish(out, store, {}).removed) == len(PAGES)


@pytest.mark.parametrize(
    "harm", ["cut", "changed", "same size and date", "gone", "replaced"]
)
def test_a_published_file_that_was_changed_is_published_again(
    out: Path, store: Store, harm: str
) -> None:
    publish(out, store, PAGES)
    page = out / "index.html"
    before = page.stat()
    if harm == "gone":
        page.unlink()
    elif harm == "replaced":
        (out / "other").write_bytes(b"bad")
        (out / "other").rename(page)
    else:
        page.write_bytes({"cut": b"al", "changed": b"allied"}.get(harm, b"bad"))
    if harm == "same size and date":
        os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert publish(out, store, PAGES).written == ("index.html",)
    assert tree(out) == PAGES


def test_a_file_that_was_changed_by_hand_is_not_deleted(
    out: Path, store: Store
) -> None:
    publish(out, store, PAGES)
    (out / "index.html").write_bytes(b"by hand")
    published = publish(out, store, {})
    assert [(p.code, p.is_error) for p in published.problems] == [("B08", False)]
    assert tree(out) == {"index.html": b"by hand"}
    assert not publish(out, store, {}).problems, "from now on it is not ours"


@pytest.mark.parametrize("what", [b"", b"{}", b"no seal\n{}", b"\xff" * 99])
def test_a_damaged_manifest_is_ignored(out: Path, store: Store, what: bytes) -> None:
    publish(out, store, PAGES)
    (out / ".briefpress/manifest.json").write_bytes(what)
    assert publish(out, store, PAGES) == Published()


@pytest.mark.parametrize(
    "path",
    ["../x", "/x", "a/../../x", "a//b", "", ".", "a/./b", ".briefpress/lock", "a\0b"],
)
def test_a_path_outside_the_folder_is_refused(
    out: Path, store: Store, path: str
) -> None:
    with pytest.raises(ValueError, match="not a path within"):
        publish(out, store, {path: b"x"})


@pytest.mark.parametrize(
    ("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)]
)
def test_published_files_have_the_mode_of_the_umask(
    out: Path, store: Store, umask: int, mode: int
) -> None:
    before = os.umask(umask)
    try:
        publish(out, store, PAGES)
    finally:
        os.umask(before)
    assert {stat.S_IMODE((out / path).stat().st_mode) for path in PAGES} == {mode}


def test_bytes_that_the_store_has_lost_leave_the_folder_unchanged(
    out: Path, store: Store
) -> None:
    publish(out, store, PAGES)
    digest = store.add(b"new")
    (store.folder / "objects" / digest[:2] / digest).write_bytes(b"wen")
    with OutputFolder(out) as folder, pytest.raises(DamagedError):
        folder.publish({"a": store.add(b"a"), "index.html": digest}, store)
    assert tree(out) == PAGES
    assert not (out / ".briefpress/new").exists()


def test_a_second_build_learns_which_process_has_the_folder(out: Path) -> None:
    with (
        OutputFolder(out),
        pytest.raises(BriefpressError, match=f"in use by process {os.getpid()} since "),
    ):
        OutputFolder(out).__enter__()
    with OutputFolder(out):
        pass


def test_a_second_build_waits_for_the_folder(out: Path, tmp_path: Path) -> None:
    program = """
        import sys, time
        from briefpress.engine.publish import OutputFolder
        with OutputFolder(sys.argv[1]):
            open(sys.argv[2], "w").close()
            time.sleep(0.5)
    """
    flag = tmp_path / "flag"
    process = run(program, str(out), str(flag))
    while not flag.exists():
        time.sleep(0.01)
    begun = time.monotonic()
    with OutputFolder(out, seconds=10):
        assert time.monotonic() - begun > 0.2
    assert process.wait(10) == 0


def test_the_folder_is_unlocked_when_its_build_is_killed(
    out: Path, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    program = "import sys, time\nfrom briefpress.engine.publish import OutputFolder\n"
    program += "with OutputFolder(sys.argv[1]):\n"
    program += "    open(sys.argv[2], 'w').close()\n    time.sleep(60)\n"
    process = run(program, str(out), str(flag))
    while not flag.exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    with OutputFolder(out):
        pass


def run(program: str, *arguments: str) -> subprocess.Popen[bytes]:
    code = textwrap.dedent(program)
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
    )


@pytest.fixture
def small_files() -> Iterator[None]:
    """Limit the size of files: a longer one is an error, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, heard)


def test_a_full_disk_leaves_the_folder_unchanged(
    out: Path, store: Store, request: pytest.FixtureRequest
) -> None:
    publish(out, store, PAGES)
    before = looks(out)
    files = {
        "a.html": store.add(b"small"),
        "b.pdf": store.add(b"x" * 200_000),
        "index.html": store.add(b"new"),
    }
    request.getfixturevalue("small_files")
    with (
        OutputFolder(out) as folder,
        pytest.raises(BriefpressError, match=r"cannot write .*: File too large"),
    ):
        folder.publish(files, store)
    assert {
        p: look for p, look in looks(out).items() if "lock" not in p
    }.items() <= before.items()
    assert tree(out) == PAGES


def test_a_store_on_a_full_disk_is_an_error(
    store: Store, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("small_files")
    with pytest.raises(BriefpressError, match=r"cannot write .*: File too large"):
        store.add(b"x" * 200_000)
    assert not list(store.entries("objects"))


def test_a_store_on_a_full_disk_ends_the_build(
    store: Store, request: pytest.FixtureRequest
) -> None:
    step = call("page", join, Settings(more="x" * 200_000))
    request.getfixturevalue("small_files")
    with (
        open_engine(store) as engine,
        pytest.raises(BriefpressError, match=r"cannot write .*: File too large"),
    ):
        engine.run([step])


READ_ONLY = """
    import os, sys
    from briefpress.engine.publish import OutputFolder
    from briefpress.engine.store import Store
    from briefpress.problems import BriefpressError
    if os.getuid() == 0:
        os.setuid(65534)  # root may write anywhere
    try:
        with OutputFolder(sys.argv[1]) as out:
            out.publish({"index.html": sys.argv[3]}, Store(sys.argv[2]))
    except BriefpressError as error:
        print(error.problems[0].code, error)
"""


@pytest.mark.parametrize("shut", [".", "html"])
def test_a_read_only_folder_is_an_error(tmp_path: Path, shut: str) -> None:
    store, out = Store(tmp_path / "cache"), tmp_path / "build"
    publish(out, store, {"html/a": b"a"})
    digest = store.add(b"new")
    for path in (out, *out.rglob("*")):
        path.chmod(0o777)
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(path.stat().st_mode | 0o055)
    program = READ_ONLY.replace('"index.html"', '"html/a"')
    (out / shut).chmod(0o555)
    (out / ".briefpress").chmod(0o555 if shut == "." else 0o777)
    (out / ".briefpress/lock").chmod(0o444 if shut == "." else 0o666)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(program),
            str(out),
            str(store.folder),
            digest,
        ],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=False,
    )
    (out / shut).chmod(0o755)
    assert done.stderr == ""
    assert done.stdout.startswith("B07 cannot write ")
    assert "Permission denied" in done.stdout
    assert tree(out) == {"html/a": b"a"}


TMPFS = """
    mount -t tmpfs -o size=200k none "$1" || exit 77
    shift
    exec "$@"
"""


def test_a_full_file_system_leaves_published_files_unchanged(tmp_path: Path) -> None:
    """A small disk of its own, if the system allows one; tests above limit file sizes."""
    program = """
        import sys
        from briefpress.engine.publish import OutputFolder
        from briefpress.engine.store import Store
        from briefpress.problems import BriefpressError
        out, store = sys.argv[1] + "/build", Store(sys.argv[2])
        def publish(files):
            with OutputFolder(out) as folder:
                folder.publish({path: store.add(data) for path, data in files.items()}, store)
        publish({"a": b"old", "b": b"x" * 20_000})
        try:
            publish({"a": b"new", "b": b"y" * 90_000, "c": b"z" * 90_000})
        except BriefpressError as error:
            print(error, error.problems[0].fix)
        print(open(out + "/a").read(), len(open(out + "/b").read()))
        publish({"a": b"new", "b": b"y" * 50_000})
        print(open(out + "/a").read(), len(open(out + "/b").read()))
    """
    disk = tmp_path / "disk"
    disk.mkdir()
    python = [
        sys.executable,
        "-c",
        textwrap.dedent(program),
        str(disk),
        str(tmp_path / "cache"),
    ]
    done = subprocess.run(
        [
            "unshare",
            "--mount",
            "--map-root-user",
            "sh",
            "-c",
            textwrap.dedent(TMPFS),
            "sh",
            str(disk),
            *python,
        ],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 77}:
        assert "unshare" in done.stderr, done.stderr
    if done.returncode == 0:
        said = done.stdout.splitlines()
        assert "No space left on device free some disk space" in said[0]
        assert said[1:] == ["old 20000", "new 50000"]


def test_a_clock_that_is_set_back_hides_no_change(out: Path, store: Store) -> None:
    publish(out, store, PAGES)
    tomorrow = time.time() + 86_400
    os.utime(out / "index.html", (tomorrow, tomorrow))
    publish(out, store, PAGES)
    (out / "index.html").write_bytes(b"bad")
    os.utime(out / "index.html", (tomorrow, tomorrow))
    assert publish(out, store, PAGES).written == ("index.html",)
