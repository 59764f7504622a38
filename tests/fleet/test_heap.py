"""The memory of a process of phones."""

import ctypes
import resource
import sys

import pytest

from mppsim.fleet.heap import keep_heap

REPORTS, LENGTH = 500, 144_000


def count_page_faults() -> int:
    """Write as many full reports as are on their way at once; count what the kernel is asked."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    reports = [b"x" * LENGTH for _ in range(REPORTS)]
    del reports
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_memory_of_reports_that_are_gone_is_there_for_the_next() -> None:
    keep_heap()
    count_page_faults()

    assert count_page_faults() < REPORTS


def test_system_without_glibc_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    keep_heap()

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", None)
    keep_heap()
