#!/bin/sh
# Check that the machine has the system packages that briefpress needs, and install them if no password is needed.
#
#   setup/system.sh run       for building: Python, Pango and related libraries
#   setup/system.sh test      for the tests as well: Java for epubcheck, Node and Chromium for reading systems
#   setup/system.sh torture   for `make torture` as well: faketime, which changes the clock for one program
#   setup/system.sh python    print the path of the Python to use
#
# Prints nothing if nothing is missing. Status 3: something is missing; the command that installs it was printed.
# src/briefpress/doctor.py has the same lists of packages; a test compares them.
set -eu

scope=${1:-run}

# The libraries that WeasyPrint loads by name. It can do without HarfBuzz's subsetter, but writes PDFs faster with it.
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

def is_installed(name: str) -> bool:
    soname = f"lib{name}.so.{1 if name == 'fontconfig' else 0}"
    for candidate in (soname, f"lib{name}.dylib", ctypes.util.find_library(name)):
        try:
            if candidate and ctypes.CDLL(candidate):
                return True
        except OSError:
            pass
    return False

sys.exit(not all(map(is_installed, sys.argv[1:])))
PROBE
}

apt= dnf= brew=
needs() {
    apt="$apt $1" dnf="$dnf $2" brew="$brew $3"
}

if python=$(find_python); then
    # On Debian, the venv module needs an extra package.
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        needs "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" python3 python
    [ "$scope" = python ] || has_libraries || needs "$apt_pango" "$dnf_pango" "$brew_pango"
else
    needs "python3 python3-venv $apt_pango" "python3 $dnf_pango" "python $brew_pango"
fi
# The tests run a Java program from its source, so they need the compiler. It must be run to be sure: macOS has an
# empty `javac`. veraPDF needs JAXB, which newer versions of Java lack and Homebrew does not package.
has_java() {
    javac -version >/dev/null 2>&1 && { [ "$(uname)" != Linux ] || ls /usr/share/java/jaxb-runtime*.jar >/dev/null 2>&1; }
}
[ "$scope" != test ] || has_java || needs "$apt_java" "$dnf_java" "$brew_java"

if [ "$scope" = test ]; then
    # Ace and the reading systems of the tests run in Node and in a browser.
    command -v node >/dev/null && command -v npm >/dev/null || needs "$apt_node" "$dnf_node" "$brew_node"
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
        needs "$apt_chromium" "$dnf_chromium" "$brew_chromium"
fi

[ "$scope" != torture ] || command -v faketime >/dev/null || needs faketime libfaketime libfaketime

if [ -z "$apt" ]; then
    [ "$scope" != python ] || echo "$python"
    exit 0
fi

as_root=
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if [ -z "${BRIEFPRESS_INSTALLED:-}" ] && command -v apt-get >/dev/null && $as_root true 2>/dev/null; then
    echo "installing for the system:$apt" >&2
    # dpkg's progress is discarded; errors go to standard error.
    $as_root apt-get -qq update </dev/null >/dev/null
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends \
        $apt </dev/null >/dev/null
    BRIEFPRESS_INSTALLED=1 exec "$0" "$@"
fi

cat >&2 <<SAY
briefpress needs packages that this machine does not have. Run the command for your system, then make again:

  Debian, Ubuntu   sudo apt-get install$apt
  Fedora           sudo dnf install$dnf
  macOS            brew install$brew

SAY
if python=$(find_python); then :; else echo "briefpress needs Python 3.11 or newer." >&2; fi
exit 3
