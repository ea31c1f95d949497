"""`python -m briefpress`: the same as `briefpress`."""

from briefpress.cli import main

main(prog_name="briefpress")
