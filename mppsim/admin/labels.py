"""Say names as the phone's page shows them: `Proxy_1_` is "Proxy", on the tab of extension 1.

Source: the provisioning guides, "Element names derive from the field names of the web page": an
underscore stands for a space, a bracket or a slash.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

__all__ = ["label_of", "label_of_status", "slug_of"]

_AS_SHOWN: Mapping[str, str] = {
    # The guide's table of the five fields; other names have their capitals from the page.
    "Report_To_Server": "Report to Server",
    "Periodic_Upload_To_Server": "Periodic Upload to Server",
}
_UNIT = re.compile(r"^Unit_\d+_")
_NUMBER = re.compile(r"_\d+_$")
_BRACKET = re.compile(r"__(.+)_$")


@lru_cache(maxsize=16_384)
def label_of(name: str) -> str:
    """Return a parameter's label. The number of its line, key or unit is its section's to say."""
    if name in _AS_SHOWN:
        return _AS_SHOWN[name]
    text = _NUMBER.sub("", _UNIT.sub("", name))
    text = _BRACKET.sub(lambda found: f" ({found[1].replace('_', '/')})", text)
    return text.replace("_", " ")


@lru_cache(maxsize=4096)
def label_of_status(name: str) -> str:
    """Return the label of a status field or of a group of them."""
    return re.sub("_+", " ", name).strip()


def slug_of(title: str) -> str:
    """Return a title as a word of a URL or an anchor: "Ext 1" is `ext-1`."""
    return re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")
