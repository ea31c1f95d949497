#!/bin/sh
# See that the machine has what briefpress cannot bring along, and install it where that may be done unasked.
#
#   setup/system.sh run       what making editions takes: Python, Pango and its kin
#   setup/system.sh test      what the tests take beyond that: Java for epubcheck, Node and Chromium for reading systems
#   setup/system.sh torture   what `make torture` takes: a clock that can be set wrong
#   setup/system.sh python    print the Python to use
#
# Silent when nothing lacks. Status 3: something lacks that a person must install; the line to type was printed.
# The lists of packages stand in src/briefpress/doctor.py too; a test holds the two together.
set -eu

scope=${1:-run}

# The libraries that WeasyPrint loads by name. HarfBuzz's subsetter is optional to it, but makes PDFs quicker to write.
libraries="gobject-2.0 pango-1.0 pangoft2-1.0 harfbuzz harfbuzz-subset fontconfig"
apt_pango="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
dnf_pango="pango harfbuzz"
brew_pango="pango"
apt_java="default-jdk-headless libjaxb-java"
dnf_java="java-latest-openjdk-devel jaxb-runtime"
brew_java="openjdk"
apt_node="nodejs npm"
dnf_node="nodejs npm"
brew_node="node"
apt_chromium="chromium"
dnf_chromium="chromium"
brew_chromium="--cask chromium"

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

has_libraries() {
    "$python" - $libraries <<'PROBE'
import ctypes, ctypes.util, sys

def there(name: str) -> bool:
    soname = f"lib{name}.so.{1 if name == 'fontconfig' else 0}"
    for candidate in (soname, f"lib{name}.dylib", ctypes.util.find_library(name)):
        try:
            if candidate and ctypes.CDLL(candidate):
                return True
        except OSError:
            pass
    return False

sys.exit(not all(map(there, sys.argv[1:])))
PROBE
}

apt= dnf= brew=
lack() {
    apt="$apt $1" dnf="$dnf $2" brew="$brew $3"
}

if python=$(find_python); then
    # Debian has the module venv in the standard library and what it needs in a package of its own.
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        lack "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" python3 python
    [ "$scope" = python ] || has_libraries || lack "$apt_pango" "$dnf_pango" "$brew_pango"
else
    lack "python3 python3-venv $apt_pango" "python3 $dnf_pango" "python $brew_pango"
fi
# The tests run a Java program from its source, so the compiler must be there; and run, for macOS has an empty `javac`.
# veraPDF wants JAXB beside it, which Java has lost and Homebrew has not.
has_java() {
    javac -version >/dev/null 2>&1 && { [ "$(uname)" != Linux ] || ls /usr/share/java/jaxb-runtime*.jar >/dev/null 2>&1; }
}
[ "$scope" != test ] || has_java || lack "$apt_java" "$dnf_java" "$brew_java"

if [ "$scope" = test ]; then
    # Ace and the reading systems that the tests open books with are Node's, in a browser.
    command -v node >/dev/null && command -v npm >/dev/null || lack "$apt_node" "$dnf_node" "$brew_node"
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
        lack "$apt_chromium" "$dnf_chromium" "$brew_chromium"
fi

[ "$scope" != torture ] || command -v faketime >/dev/null || lack faketime libfaketime libfaketime

if [ -z "$apt" ]; then
    [ "$scope" != python ] || echo "$python"
    exit 0
fi

as_root=
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if [ -z "${BRIEFPRESS_INSTALLED:-}" ] && command -v apt-get >/dev/null && $as_root true 2>/dev/null; then
    echo "installing for the system:$apt" >&2
    # What dpkg says of each package goes nowhere; what goes wrong is on the standard error.
    $as_root apt-get -qq update </dev/null >/dev/null
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends \
        $apt </dev/null >/dev/null
    BRIEFPRESS_INSTALLED=1 exec "$0" "$@"
fi

cat >&2 <<SAY
This machine lacks what briefpress cannot bring along. Type the line for your system, then run make again:

  Debian, Ubuntu   sudo apt-get install$apt
  Fedora           sudo dnf install$dnf
  macOS            brew install$brew

SAY
if python=$(find_python); then :; else echo "briefpress needs Python 3.11 or newer." >&2; fi
exit 3
