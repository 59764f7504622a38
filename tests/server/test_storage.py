"""Where reports are kept: below one directory, whole or not at all."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mppsim.errors import StartError
from mppsim.server.refusal import Refused
from mppsim.server.storage import ReportStore
from mppsim.server.target import Target, parse_target


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def store(root: Path) -> ReportStore:
    return ReportStore(root)


def files_below(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def refused(call: object, target: str, *body: bytes) -> int:
    with pytest.raises(Refused) as caught:
        call(parse_target(target), *body)  # type: ignore[operator]
    return caught.value.status


def test_put_writes_where_the_path_says(store: ReportStore, root: Path) -> None:
    is_new = store.put(parse_target("/a/b/c.xml"), b"one")

    assert is_new
    assert files_below(root) == {"a/b/c.xml": b"one"}


def test_put_overwrites_and_says_so(store: ReportStore, root: Path) -> None:
    store.put(parse_target("/c.xml"), b"a longer one")

    assert not store.put(parse_target("/c.xml"), b"two")
    assert files_below(root) == {"c.xml": b"two"}


def test_new_file_has_the_permissions_of_any_other(store: ReportStore, root: Path) -> None:
    store.put(parse_target("/a"), b"")
    (root / "b").write_bytes(b"")

    assert (root / "a").stat().st_mode == (root / "b").stat().st_mode


def test_reader_of_the_old_file_keeps_it_whole(store: ReportStore) -> None:
    target = parse_target("/c.xml")
    store.put(target, b"old and whole")
    with store.open(target) as reader:
        store.put(target, b"new")

        assert reader.read() == b"old and whole"


@pytest.mark.parametrize("path", ["/", "/a/", "/new/"])
def test_put_needs_the_name_of_a_file(store: ReportStore, path: str) -> None:
    assert refused(store.put, path, b"x") == 409


def test_put_does_not_replace_a_directory(store: ReportStore, root: Path) -> None:
    store.put(parse_target("/a/b.xml"), b"one")

    assert refused(store.put, "/a", b"two") == 409
    assert files_below(root) == {"a/b.xml": b"one"}


@pytest.mark.parametrize("path", ["/a.xml/b.xml", "/a.xml/b/c.xml"])
def test_put_does_not_take_a_file_for_a_directory(
    store: ReportStore, root: Path, path: str
) -> None:
    store.put(parse_target("/a.xml"), b"one")

    assert refused(store.put, path, b"two") == 409
    assert refused(store.add, path, b"two") == 409
    assert refused(store.open, path) == 404
    assert files_below(root) == {"a.xml": b"one"}


def test_pipe_is_neither_replaced_nor_read(store: ReportStore, root: Path) -> None:
    os.mkfifo(root / "pipe")

    assert refused(store.put, "/pipe", b"x") == 409
    assert refused(store.open, "/pipe") == 404


def test_post_keeps_every_report(store: ReportStore, root: Path) -> None:
    target = parse_target("/report_upload.php")
    places = [store.add(target, body) for body in (b"one", b"two", b"two")]

    assert [str(place) for place in places] == [
        "/report_upload.php.d/000001.xml",
        "/report_upload.php.d/000002.xml",
        "/report_upload.php.d/000003.xml",
    ]
    assert sorted(files_below(root).values()) == [b"one", b"two", b"two"]
    with store.open(places[1]) as file:
        assert file.read() == b"two"


@pytest.mark.parametrize(
    ("path", "place"),
    [("/", "/index.d/000001.xml"), ("/a/", "/a/index.d/000001.xml"), ("/a/b", "/a/b.d/000001.xml")],
)
def test_post_goes_beside_its_path(store: ReportStore, path: str, place: str) -> None:
    assert str(store.add(parse_target(path), b"x")) == place


def test_numbers_go_on_after_a_restart(store: ReportStore, root: Path) -> None:
    for name in ("000007.xml", "000009.txt", "0x10.xml", "\u0663.xml", "1000000.xml"):
        store.put(Target(("up.d", name), is_directory=False), b"old")

    assert str(ReportStore(root).add(parse_target("/up"), b"x")) == "/up.d/1000001.xml"


def test_number_that_another_server_took_is_passed_over(store: ReportStore, root: Path) -> None:
    other = ReportStore(root)
    places = [str(each.add(parse_target("/up"), b"x")) for each in (store, other, other, store)]

    assert places == [f"/up.d/00000{n}.xml" for n in (1, 2, 3, 4)]
    assert len(files_below(root)) == 4


def test_counters_of_many_paths_are_forgotten_and_not_the_reports(
    store: ReportStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mppsim.server.storage._MOST_COUNTERS", 2)
    for path in ("/a", "/b", "/c", "/d", "/a", "/b", "/c", "/d"):
        store.add(parse_target(path), path.encode())

    assert len(files_below(root)) == 8
    assert len(store._counters) <= 3


def test_post_path_that_is_a_file_is_a_conflict(store: ReportStore, root: Path) -> None:
    store.put(parse_target("/up.d"), b"one")

    assert refused(store.add, "/up", b"two") == 409
    assert files_below(root) == {"up.d": b"one"}


def test_file_left_behind_by_a_killed_server_is_not_touched(store: ReportStore, root: Path) -> None:
    left = root / f".mppsim-{os.getpid()}-1"
    left.write_bytes(b"half")
    store.put(parse_target("/a"), b"whole")

    assert files_below(root) == {left.name: b"half", "a": b"whole"}


@pytest.mark.parametrize("path", ["/out/x", "/out/a/b/x", "/out", "/deep/link/x", "/file"])
def test_symbolic_link_that_leads_out_is_refused(
    store: ReportStore, root: Path, tmp_path: Path, path: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_bytes(b"precious")
    (root / "out").symlink_to(outside)
    (root / "deep").mkdir()
    (root / "deep" / "link").symlink_to("../../outside")
    (root / "file").symlink_to(outside / "x")

    assert refused(store.put, path, b"x") == 403
    assert refused(store.open, path) == 403
    if path.endswith("x"):
        assert refused(store.add, path, b"x") == 403
    assert files_below(outside) == {"x": b"precious"}


def test_symbolic_link_to_a_sibling_whose_name_begins_alike_leads_out(
    store: ReportStore, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "reports-of-others").mkdir()
    (root / "link").symlink_to("../reports-of-others")

    assert refused(store.put, "/link/x", b"x") == 403


def test_numbered_directory_that_is_a_link_out_is_refused(
    store: ReportStore, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (root / "up.d").symlink_to(tmp_path / "outside")

    assert refused(store.add, "/up", b"x") == 403
    assert files_below(tmp_path / "outside") == {}


def test_symbolic_link_that_stays_inside_is_followed(store: ReportStore, root: Path) -> None:
    store.put(parse_target("/2026/a.xml"), b"one")
    (root / "now").symlink_to("2026")
    (root / "latest.xml").symlink_to("now/a.xml")
    (root / "self").symlink_to(root)
    (root / "next.xml").symlink_to("2026/next.xml")

    assert not store.put(parse_target("/latest.xml"), b"two")
    assert store.put(parse_target("/self/now/b.xml"), b"three")
    assert store.put(parse_target("/next.xml"), b"four")
    assert files_below(root / "2026") == {"a.xml": b"two", "b.xml": b"three", "next.xml": b"four"}
    assert (root / "latest.xml").is_symlink()


@pytest.mark.parametrize("path", ["/circle", "/circle/x"])
def test_links_in_a_circle_lead_nowhere(store: ReportStore, root: Path, path: str) -> None:
    (root / "circle").symlink_to("other")
    (root / "other").symlink_to("circle")

    assert refused(store.put, path, b"x") in {403, 409}
    assert refused(store.open, path) in {403, 404}
    assert files_below(root) == {}


@pytest.mark.parametrize("path", ["/", "/a", "/none", "/a/none", "/a/b.xml/"])
def test_only_a_file_can_be_read(store: ReportStore, path: str) -> None:
    store.put(parse_target("/a/b.xml"), b"one")

    assert refused(store.open, path) == 404


def test_writers_of_one_path_never_mix(root: Path) -> None:
    bodies = [bytes((65 + n,)) * 200_000 for n in range(8)]

    def write(body: bytes) -> bytes:
        store = ReportStore(root)
        store._serial = body[0] * 1000  # one process, so that names differ
        for _ in range(5):
            store.put(parse_target("/one.xml"), body)
        with store.open(parse_target("/one.xml")) as file:
            return file.read()

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(write, bodies))

    assert set(seen) <= set(bodies)
    assert set(files_below(root)) == {"one.xml"}


class FullDisk:
    """An `os.write` that stops, as on a disk that is full."""

    def __init__(self, error: int, room: int = 1) -> None:
        self.error = error
        self.room = room

    def __call__(self, descriptor: int, body: bytes) -> int:
        if not self.room:
            raise OSError(self.error, os.strerror(self.error))
        self.room -= 1
        return 2


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errno.ENOSPC, 507),
        (errno.EDQUOT, 507),
        (errno.EACCES, 403),
        (errno.ENAMETOOLONG, 414),
        (errno.EIO, 500),
    ],
)
def test_failed_write_leaves_the_old_file_and_nothing_else(
    store: ReportStore, root: Path, monkeypatch: pytest.MonkeyPatch, error: int, status: int
) -> None:
    store.put(parse_target("/a"), b"old and whole")
    monkeypatch.setattr("mppsim.server.storage.os.write", FullDisk(error))

    assert refused(store.put, "/a", b"new") == status
    assert refused(store.add, "/b", b"new") == status
    assert files_below(root) == {"a": b"old and whole"}


def test_body_that_the_system_takes_in_pieces_is_written_whole(
    store: ReportStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr("mppsim.server.storage.os.write", lambda to, body: write(to, body[:3]))
    store.put(parse_target("/a"), b"0123456789")
    monkeypatch.undo()

    assert files_below(root) == {"a": b"0123456789"}


def test_directory_that_vanishes_again_and_again_is_given_up(
    store: ReportStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mppsim.server.storage.os.makedirs", lambda path, exist_ok: None)

    assert refused(store.put, "/gone/a", b"x") == 500


def test_store_that_is_removed_is_made_again(store: ReportStore, root: Path) -> None:
    root.rmdir()
    store.put(parse_target("/a"), b"x")

    assert files_below(root) == {"a": b"x"}


def test_store_below_the_root_of_the_file_system_resolves(tmp_path: Path) -> None:
    store = ReportStore(Path("/"))
    store.put(parse_target(f"{tmp_path}/a"), b"x")

    assert (tmp_path / "a").read_bytes() == b"x"


def test_directory_that_cannot_be_made_is_an_error_of_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StartError, match="is a file; name a directory"):
        ReportStore(tmp_path / "file")
    with pytest.raises(StartError, match="Not a directory"):
        ReportStore(tmp_path / "file" / "below")


def test_directory_that_cannot_be_written_is_an_error_of_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mppsim.server.storage.os.access", lambda path, mode: False)
    with pytest.raises(StartError, match="not writable"):
        ReportStore(tmp_path)
