"""Commands of briefpress, each in a process of its own that need not import the program.

A server imports everything once. Each command is a fork of it, with the arguments, the
environment, the folder and the output files of the test. It starts in milliseconds.

A test of how the program starts, what it imports, or which signals it gets must start
`python -m briefpress` itself.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile

from briefpress.engine.worker import preload

LARGEST_MESSAGE = 1 << 17
# Commands import these when they need them. Imported once, all forks have them.
PRELOADED = (
    "briefpress.cli",
    "briefpress.doctor",
    "briefpress.pipeline.build",
    "briefpress.theme.read",
)


@dataclass(frozen=True)
class Server:
    """A running server, and the connection to it."""

    connection: socket.socket
    program: subprocess.Popen[bytes]


def run_warm(
    arguments: Sequence[str],
    folder: Path | None = None,
    module: str = "briefpress.cli",
) -> subprocess.CompletedProcess[str]:
    """Run `main` of a module with arguments, and return its status and its output."""
    connection = _server().connection
    with (
        TemporaryFile("w+", encoding="utf-8") as out,
        TemporaryFile("w+", encoding="utf-8") as err,
    ):
        message = {
            "module": module,
            "arguments": list(arguments),
            "folder": str(folder or Path.cwd()),
            "environment": {**os.environ, "COLUMNS": "100"},
        }
        data = json.dumps(message).encode()
        socket.send_fds(connection, [data], [out.fileno(), err.fileno()])
        answer = connection.recv(LARGEST_MESSAGE)
        assert answer, "the server of warm commands has ended"
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(
            list(arguments), json.loads(answer), out.read(), err.read()
        )


@cache
def _server() -> Server:
    """Start the server, once for each process of pytest."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, __file__, str(theirs.fileno())]
    program = subprocess.Popen(command, pass_fds=[theirs.fileno()])
    theirs.close()
    return Server(ours, program)


def stop_server() -> None:
    """End the server, if it was started."""
    if _server.cache_info().currsize:
        server = _server()
        server.connection.close()
        server.program.wait()
        _server.cache_clear()


def serve(connection: socket.socket) -> None:
    """Fork a process for each command, and answer with its exit status."""
    while True:
        data, files, _, _ = socket.recv_fds(connection, LARGEST_MESSAGE, 2)
        if not data:
            return
        child = os.fork()
        if child == 0:
            connection.close()
            become_command(json.loads(data), files)
            return
        for file in files:
            os.close(file)
        _, status = os.waitpid(child, 0)
        connection.send(json.dumps(os.waitstatus_to_exitcode(status)).encode())


def become_command(message: dict[str, object], files: list[int]) -> None:
    """Be one command: this process ends with it."""
    for number, file in enumerate(files, 1):
        os.dup2(file, number)
        os.close(file)
    environment = message["environment"]
    arguments = message["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(message["folder"]))
    sys.argv = ["briefpress", *arguments]
    status = 1
    try:
        import_module(str(message["module"])).main()
        status = 0
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else bool(ending.code)
    except BaseException:  # noqa: BLE001 - printed, as at the end of any program
        traceback.print_exc()
    # To free the memory object by object would take longer than most commands.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main() -> None:
    """Import the program, then wait for commands."""
    sys.path.pop(0)  # the folder of the tests, where no command may find a module
    modules = import_module("briefpress.pipeline.build").RENDERING_MODULES
    preload([*PRELOADED, *modules])
    serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
