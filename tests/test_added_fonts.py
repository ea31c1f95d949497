"""Fonts of a project: added by name, locked by digest, used only if press.toml names them."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pypdfium2
import pytest

from briefpress.problems import BriefpressError, Span
from briefpress.theme.added_fonts import (
    CatalogueFile,
    CatalogueFont,
    DownloadError,
    add_font,
    catalogue,
    read_added_fonts,
    read_lock,
)
from briefpress.theme.coverage import box_font, choose_faces
from sample_press import BRIEFPRESS, press

pytestmark = pytest.mark.slow

SONG = box_font(frozenset("能源水"))
PLACE = Span("press.toml", 7)
NPM = f"""#!{sys.executable}
import shutil, sys
from pathlib import Path
folder = sys.argv[sys.argv.index("--pack-destination") + 1]
archive = Path(__file__).with_name("archive.tgz")
if not archive.exists():
    sys.exit("npm ERR! network is unreachable")
shutil.copy(archive, folder)
"""


def song(data: bytes = SONG) -> CatalogueFont:
    """Return a font of the catalogue whose only file has these bytes."""
    digest = hashlib.sha256(data).hexdigest()
    files = (CatalogueFile("400", "400/Song.ttf", digest),)
    return CatalogueFont(
        "song",
        "Song",
        "Song",
        ("zh",),
        frozenset({"Hani"}),
        frozenset(),
        "@fonts/song",
        "1.0.0",
        "OFL.txt",
        files,
    )


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program called npm into the path: it answers with `archive.tgz`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "npm").write_text(NPM, "utf-8")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder / "archive.tgz"


def write_archive(path: Path, data: bytes = SONG) -> None:
    """Write what npm would download."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in {"400/Song.ttf": data, "OFL.txt": b"Copyright S"}.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


@pytest.fixture
def project(tmp_path: Path, npm: Path) -> Path:
    """Return a project with the font `song`."""
    write_archive(npm)
    folder = tmp_path / "project"
    folder.mkdir()
    assert add_font(folder, song())
    return folder


def test_a_font_is_written_with_its_licence_and_locked(
    project: Path, npm: Path
) -> None:
    folder = project / "fonts" / "song"
    assert {path.name for path in folder.iterdir()} == {"Song.ttf", "LICENSE"}
    lock = (project / "fonts.lock").read_text("utf-8")
    for part in ("[song]", '"1.0.0"', hashlib.sha256(SONG).hexdigest()):
        assert part in lock
    npm.unlink()
    assert not add_font(project, song()), "what is there is not downloaded again"
    assert (project / "fonts.lock").read_text("utf-8") == lock


def test_named_fonts_become_fallback_faces(project: Path) -> None:
    assert read_added_fonts(project, (), PLACE) == ()
    (face,) = read_added_fonts(project, ("song", "song"), PLACE)
    assert face.fallback
    assert face.license_text() == "Copyright S"
    assert not choose_faces([face], "能源", "zh").missing


@pytest.mark.parametrize(
    ("damage", "message", "fix"),
    [
        (b"", "is not the file that fonts.lock names", "fonts add song"),
        (SONG[:-900], "is not the file that fonts.lock names", "fonts add song"),
        (None, "there is no file", "fonts add song"),
    ],
)
def test_a_file_that_is_not_the_locked_one_is_an_error(
    project: Path, damage: bytes | None, message: str, fix: str
) -> None:
    path = project / "fonts" / "song" / "Song.ttf"
    path.unlink()
    if damage is not None:
        path.write_bytes(damage)
    with pytest.raises(BriefpressError, match=message) as raised:
        read_added_fonts(project, ("song",), PLACE)
    (problem,) = raised.value.problems
    assert problem.code == "T05"
    assert fix in problem.fix


def test_a_damaged_font_is_an_error_though_its_digest_is_right(
    tmp_path: Path, npm: Path
) -> None:
    data = SONG[:-900]
    write_archive(npm, data)
    add_font(tmp_path, song(data))
    with pytest.raises(BriefpressError, match="damaged: the file is incomplete"):
        read_added_fonts(tmp_path, ("song",), PLACE)


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        ("ja", "the font `ja` is not in this project", "run `briefpress fonts add ja`"),
        ("zh-hand", "there is no font `zh-hand`: the fonts are zh-hans, ", "zh-hant"),
    ],
)
def test_a_name_that_is_not_locked_is_an_error_at_its_place(
    project: Path, name: str, message: str, fix: str
) -> None:
    with pytest.raises(BriefpressError, match=re.escape(message)) as raised:
        read_added_fonts(project, ("song", name), PLACE)
    (problem,) = raised.value.problems
    assert problem.span == PLACE
    assert fix in problem.fix


HEAD = '[song]\nfamily = "Song"\nlanguages = []\npackage = ""\nversion = ""\n'


@pytest.mark.parametrize(
    "text",
    [
        "[song",
        "song = 1",
        '[song]\nfamily = "S"',
        HEAD.replace("song", '"../song"') + "files = {}",
        f'{HEAD}[song.files]\n"../Song.ttf" = {{ weight = "400", sha256 = "" }}',
        HEAD.replace("Song", "Song;}") + "files = {}",
    ],
)
def test_a_damaged_lock_file_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "fonts.lock").write_text(text, "utf-8")
    with pytest.raises(BriefpressError, match=r"fonts\.lock cannot be read") as raised:
        read_lock(tmp_path)
    assert raised.value.problems[0].code == "T05"


def test_a_download_that_fails_says_why_and_writes_nothing(
    tmp_path: Path, npm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DownloadError, match="network is unreachable"):
        add_font(tmp_path, song())
    write_archive(npm, b"another font")
    with pytest.raises(DownloadError, match="is not the expected file"):
        add_font(tmp_path, song())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DownloadError, match="npm, which is not installed"):
        add_font(tmp_path, song())
    assert not (tmp_path / "fonts").exists()
    assert not (tmp_path / "fonts.lock").exists()


BRIEF = "---\ntitle: 能源\ndate: 2024-03-12\nlang: zh\n---\n能源和水 **水**。\n"
PRESS = '[organisation]\nname = "House"\n[fonts]\nfallback = [{names}]\n'


def write_press(project: Path, names: str) -> None:
    """Write a brief in Chinese, and a press.toml that names fonts."""
    (project / "briefs").mkdir(exist_ok=True)
    (project / "briefs" / "one.md").write_text(BRIEF, "utf-8")
    (project / "press.toml").write_text(PRESS.format(names=names), "utf-8")


def test_editions_use_the_named_fonts_and_give_the_same_bytes_elsewhere(
    project: Path, tmp_path: Path
) -> None:
    write_press(project, '"song"')
    result = press(project, "build", "--epub-each")
    assert result.returncode == 0, result.stderr
    assert "2 characters of the script Han have no font: 和, 。" in result.stderr
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(project, elsewhere, ignore=shutil.ignore_patterns("build", ".b*"))
    assert press(elsewhere, "build", "--epub-each").returncode == 0
    for name in ("pdf/one.pdf", "epub/one.epub", "epub/one.png"):
        first, second = project / "build" / name, elsewhere / "build" / name
        assert first.read_bytes() == second.read_bytes()
    with pypdfium2.PdfDocument(project / "build/pdf/one.pdf") as pdf:
        assert "能源和水" in pdf[0].get_textpage().get_text_range()
    with zipfile.ZipFile(project / "build/epub/one.epub") as book:
        names = [Path(name).name for name in book.namelist()]
    assert "Song-400.ttf" in names
    fonts = (project / "build/assets/fonts").iterdir()
    assert not any("Song" in path.name for path in fonts)


def test_a_changed_font_file_ends_the_build(project: Path) -> None:
    write_press(project, '"song"')
    assert press(project, "build", "--to", "pdf").returncode == 0
    (project / "fonts/song/Song.ttf").write_bytes(box_font(frozenset("水")))
    result = press(project, "build", "--to", "pdf", check=False)
    assert result.returncode == 1
    assert "error[T05]" in result.stderr


def fonts_command(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `briefpress fonts` on a project."""
    command = [*BRIEFPRESS, "fonts", *arguments, "--project", str(project)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_lists_fonts_and_names_unknown_ones(project: Path) -> None:
    write_press(project, '"ja"')
    listed = fonts_command(project, "list").stdout
    assert len(listed.splitlines()) == len(catalogue())
    assert re.search(r"^ja .* missing$", listed, re.MULTILINE)
    result = fonts_command(project, "add", "zh-hand")
    assert result.returncode == 2
    assert "the fonts are zh-hans, zh-hant, ja" in result.stderr


def test_the_command_fails_clearly_without_a_network(project: Path, npm: Path) -> None:
    npm.unlink()
    write_press(project, '"ja"')
    result = fonts_command(project, "add")
    assert result.returncode == 3
    assert "noto-serif-jp 0.4.3 cannot be downloaded: network is unrea" in result.stderr
