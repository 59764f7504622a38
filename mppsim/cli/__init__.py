"""The command line: arguments to typed values, and one line for each thing that goes wrong."""

from mppsim.cli.app import main

__all__ = ["main"]
