"""`python -m mppsim` is the command `mppsim`."""

import sys

from mppsim.cli import main

if __name__ == "__main__":
    sys.exit(main())
