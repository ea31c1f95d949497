"""`python -m briefpress` does the same as `briefpress`."""

from briefpress.cli import main

main(prog_name="briefpress")
