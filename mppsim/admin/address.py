"""Read and write the addresses of the pages: whose they are, how much they show, which tab.

Source: the administration guides, "Access the Phone Web Interface".
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["STATUS", "Account", "Detail", "PageAddress", "parse_address"]

STATUS = "status"
"""The slug of Info > Status, where every account begins."""


class Account(StrEnum):
    """Whom a page is for. The phone knows no other accounts."""

    ADMIN = "admin"
    USER = "user"


class Detail(StrEnum):
    """How much a page shows."""

    BASIC = "basic"
    ADVANCED = "advanced"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAddress:
    """A page of the phone; prints itself as the path of its URL."""

    account: Account
    detail: Detail = Detail.BASIC
    slug: str = STATUS
    """Of the tab."""

    def __str__(self) -> str:
        return f"/{self.account}/{self.detail}/{self.slug}"


def parse_address(path: str) -> PageAddress | None:
    """Read the path of a page's URL; None for a path that is no page's.

    `/`, `/basic` and `/user` are the user's, `/admin` and `/admin/advanced` the administrator's.
    """
    words = path.removeprefix("/").removesuffix("/").split("/") if path != "/" else []
    account, words = _take(words, Account, Account.USER)
    detail, words = _take(words, Detail, Detail.BASIC)
    if len(words) > 1 or "" in words:
        return None
    return PageAddress(
        account=Account(account), detail=Detail(detail), slug=words[0] if words else STATUS
    )


def _take(words: list[str], kind: type[StrEnum], otherwise: StrEnum) -> tuple[str, list[str]]:
    if words and words[0] in list(kind):
        return words[0], words[1:]
    return otherwise, words
