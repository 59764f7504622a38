import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.admin.address import STATUS, Account, Detail, PageAddress, parse_address

SLUGS = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True).filter(
    lambda slug: slug not in [*Account, *Detail]
)


@pytest.mark.parametrize(
    ("path", "account", "detail", "slug"),
    [
        ("/", "user", "basic", "status"),
        ("/user", "user", "basic", "status"),
        ("/basic", "user", "basic", "status"),
        ("/advanced", "user", "advanced", "status"),
        ("/admin", "admin", "basic", "status"),
        ("/admin/", "admin", "basic", "status"),
        ("/admin/basic", "admin", "basic", "status"),
        ("/admin/advanced", "admin", "advanced", "status"),
        ("/admin/advanced/ext-1", "admin", "advanced", "ext-1"),
        ("/system", "user", "basic", "system"),
        ("/Admin", "user", "basic", "Admin"),
    ],
)
def test_path_says_whose_page_it_is(path: str, account: str, detail: str, slug: str) -> None:
    expected = PageAddress(account=Account(account), detail=Detail(detail), slug=slug)

    assert parse_address(path) == expected


@pytest.mark.parametrize("path", ["//admin", "/user//admin", "/admin//", "/a/b", "", "/admin/a/b"])
def test_path_that_can_be_read_in_two_ways_is_no_page(path: str) -> None:
    assert parse_address(path) is None


@given(account=st.sampled_from(Account), detail=st.sampled_from(Detail), slug=SLUGS)
def test_address_prints_itself_back(account: Account, detail: Detail, slug: str) -> None:
    address = PageAddress(account=account, detail=detail, slug=slug)

    assert parse_address(str(address)) == address


@given(st.text())
def test_no_path_is_too_odd_to_be_read(path: str) -> None:
    address = parse_address(path)

    assert address is None or address.account in Account


def test_page_begins_with_the_status() -> None:
    assert PageAddress(account=Account.USER).slug == STATUS
