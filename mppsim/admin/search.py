"""Find parameters by a piece of their name or label, over all tabs that an account sees."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from mppsim.admin.labels import label_of
from mppsim.admin.layout import Section, Tab
from mppsim.core.catalogue import Parameter

__all__ = ["MOST_HITS", "Hit", "find_parameters"]

MOST_HITS = 200
"""Who finds more has to say more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A parameter that was found, and where it stands."""

    tab: Tab
    section: Section
    parameter: Parameter

    @property
    def label(self) -> str:
        """Return the parameter's label."""
        return label_of(self.parameter.name)


def find_parameters(tabs: Iterable[Tab], query: str) -> tuple[Hit, ...]:
    """Return the parameters whose name or label holds every word of the query, in page order."""
    words = query.casefold().split()
    return tuple(islice(_find(tabs, words), MOST_HITS)) if words else ()


def _find(tabs: Iterable[Tab], words: list[str]) -> Iterator[Hit]:
    for tab in tabs:
        for section in tab.sections:
            for parameter in section.parameters:
                text = f"{parameter.name} {label_of(parameter.name)} {section.title}".casefold()
                if all(word in text for word in words):
                    yield Hit(tab=tab, section=section, parameter=parameter)
