import pytest

from mppsim.core.encryption import decrypt_ikm, decrypt_key
from mppsim.core.report import build_delta, build_full
from mppsim.core.settings import read_report_settings
from mppsim.core.upload import build_body, build_headers, build_jobs, has_news
from tests.support.timelines import DELTA, FULL, STATUS, make_store

MACROS = {"MA": "00562b000001", "SA": "opensesame", "VERSION": "Cisco-CP-8851-3PCC/12.0.7"}


def no_dice(count):
    return bytes(range(count))


def jobs_of(rule, *, store=None, only_news=False, bookmarks=(0, 0), tftp_server="", **values):
    store = store or make_store({"Report_Rule": rule, **values})
    settings = read_report_settings(store.__getitem__)
    return build_jobs(
        settings,
        store,
        MACROS.get,
        bookmarks=bookmarks,
        only_news=only_news,
        tftp_server=tftp_server,
    )


def change(store, **values):
    store.change(store.check(values).changes)


def test_macros_of_the_url_are_expanded():
    (job,) = jobs_of("http://server/$MA.xml;")

    assert str(job.url) == "http://server/00562b000001.xml"


def test_secret_macro_is_a_key_and_never_part_of_a_url():
    (job,) = jobs_of("[--key $SA --uid $SA --pwd $SA]http://server/$SA.xml")

    assert (job.seal.key, job.user, job.password) == ("opensesame",) * 3
    assert str(job.url) == "http://server/$SA.xml"


@pytest.mark.parametrize(
    ("rule", "user", "password"),
    [
        ("http://server/x", None, None),
        ("http://joe:pass@server/x", "joe", "pass"),
        ("[--uid ann --pwd word]http://joe:pass@server/x", "ann", "word"),
        ("[--uid ann]http://server/x", "ann", None),
    ],
)
def test_credentials_come_from_the_options_else_from_the_url(rule, user, password):
    (job,) = jobs_of(rule)

    assert (job.user, job.password) == (user, password)


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("tftp://server/x.xml", None),
        ("server/x.xml", None),
        ("tftp:///x.xml", "no-tftp-server"),
        ("/x.xml", "no-tftp-server"),
        ("ftp://server/x.xml", "rule"),
        ("http://server:99999/x.xml", "rule"),
        ("http://server/x.xml", None),
    ],
)
def test_job_that_cannot_be_sent_says_why(rule, fault):
    (job,) = jobs_of(rule)

    assert job.fault == fault


@pytest.mark.parametrize(
    ("rule", "tftp_server", "url"),
    [
        ("/x.xml", "server", "tftp://server/x.xml"),
        ("/$MA.xml", "server:6969", "tftp://server:6969/00562b000001.xml"),
        ("tftp:///x.xml", "[::1]:6969", "tftp://[::1]:6969/x.xml"),
        ("tftp://other/x.xml", "server", "tftp://other/x.xml"),
        ("http://other/x.xml", "server", "http://other/x.xml"),
        ("/x.xml", "", "/x.xml"),
    ],
)
def test_bare_path_goes_to_the_phones_tftp_server(rule, tftp_server, url):
    (job,) = jobs_of(rule, tftp_server=tftp_server)

    assert str(job.url) == job.shown_url == url
    assert job.fault == (None if "://" in url else "no-tftp-server")


def test_tftp_server_mends_no_other_fault():
    store = make_store({"Report_Rule": "/x", "IKM_HTTP_Encrypt_Content": "zz"}, "ikm_encoding=hex")

    assert [job.fault for job in jobs_of("/x", store=store, tftp_server="server")] == ["rule"]
    assert [job.fault for job in jobs_of("ftp://h/x", tftp_server="server")] == ["rule"]


@pytest.mark.parametrize(
    ("rule", "method", "verb"),
    [
        ("http://h/x", "PUT", "PUT"),
        ("https://h/x", "POST", "POST"),
        ("tftp://h/x", "POST", "WRQ"),
        ("/x", "PUT", "WRQ"),
        ("ftp://h/x", "PUT", "PUT"),
    ],
)
def test_report_by_tftp_is_a_write_request_whatever_the_method(rule, method, verb):
    (job,) = jobs_of(rule, HTTP_Report_Method=method)

    assert (job.method, job.verb) == (method, verb)


def test_unusable_ikm_spoils_the_job():
    store = make_store({"Report_Rule": FULL, "IKM_HTTP_Encrypt_Content": "zz"}, "ikm_encoding=hex")

    (job,) = jobs_of(FULL, store=store)

    assert job.fault == "rule"


def test_key_that_expands_to_nothing_spoils_the_job_rather_than_send_it_plain():
    (job,) = jobs_of("[--key $A]http://server/x")
    store = make_store({"Report_Rule": "[--key $B]http://server/x"})
    settings = read_report_settings(store.__getitem__)

    (empty,) = build_jobs(settings, store, {"B": ""}.get, bookmarks=(0, 0), only_news=False)

    assert job.seal.key == "$A"
    assert (empty.fault, empty.seal) == ("rule", None)


def test_jobs_stand_in_written_order_with_their_places():
    jobs = jobs_of(f"{STATUS} {DELTA}")

    assert [(job.place, job.content) for job in jobs] == [(0, "status"), (1, "delta")]


def test_spoilt_rule_leaves_its_place_to_nobody():
    (job,) = jobs_of(f"[--delta --status]http://server/x {FULL}")

    assert (job.place, job.content) == (1, "full")


def test_only_news_leaves_out_an_empty_delta_but_no_other_report():
    assert [job.content for job in jobs_of(f"{STATUS} {DELTA}", only_news=True)] == ["status"]


def test_news_is_what_is_behind_a_rules_own_bookmark():
    store = make_store({"Report_Rule": DELTA})
    settings = read_report_settings(store.__getitem__)
    change(store, Ringer_Volume="3")

    assert has_news(settings, store, (0, 0))
    assert not has_news(settings, store, (1, 0))


def test_report_says_what_the_phone_held_at_its_trigger():
    store = make_store({"Report_Rule": FULL})
    change(store, Station_Display_Name="Lobby")
    (job,) = jobs_of(FULL, store=store)
    change(store, Station_Display_Name="Hall")

    assert b">Lobby<" in build_body(job, bytes, no_dice)


def test_body_is_what_the_rule_asks_for():
    store = make_store({"Report_Rule": f"{FULL} {DELTA}"})
    change(store, Ringer_Volume="3")
    full, delta = jobs_of("", store=store)
    (status,) = jobs_of(STATUS)

    assert build_body(full, bytes, no_dice) == build_full(store.view)
    assert build_body(delta, bytes, no_dice) == build_delta(store.view, delta.changed)
    assert build_body(status, lambda: b"<flat-status/>\n", no_dice) == b"<flat-status/>\n"


@pytest.mark.parametrize(
    ("quirk", "digest"), [("key_digest=md5", "md5"), ("key_digest=sha256", "sha256")]
)
def test_key_encrypts_with_the_releases_digest(quirk, digest):
    store = make_store({"Report_Rule": "[--delta --key test123]http://server/x"}, quirk)

    (job,) = jobs_of("", store=store)

    assert job.seal.digest == digest
    assert str(job.seal) == "aes-256-cbc"
    opened = decrypt_key(build_body(job, bytes, no_dice), "test123")
    assert getattr(opened, "body", opened) == build_delta(store.view, ())


def test_ikm_without_a_key_encrypts_and_is_announced():
    (job,) = jobs_of(FULL, IKM_HTTP_Encrypt_Content="keying material")

    body = build_body(job, bytes, no_dice)

    assert str(job.seal) == "aes128gcm"
    assert decrypt_ikm(body, b"keying material") == build_full(job.view)
    assert build_headers(job)[-1] == ("Content-Encoding", "aes128gcm")


def test_key_wins_over_ikm():
    (job,) = jobs_of("[--key test123]http://server/x", IKM_HTTP_Encrypt_Content="keying material")

    assert str(job.seal) == "aes-256-cbc"
    assert "Content-Encoding" not in dict(build_headers(job))


def test_headers_of_a_post_stand_in_the_phones_order():
    (job,) = jobs_of(FULL)

    assert build_headers(job) == (
        ("User-Agent", "Cisco-CP-8851-3PCC/12.0.7 (00562b000001)"),
        ("Accept-Encoding", "deflate, gzip"),
        ("Accept", "*/*"),
        ("Accept-Language", "en"),
        ("Accept-Charset", "iso-8859-1"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    )


def test_put_has_no_content_type():
    (job,) = jobs_of(FULL, HTTP_Report_Method="PUT")

    assert "Content-Type" not in dict(build_headers(job))


def test_nothing_that_is_printed_of_a_job_holds_a_secret():
    (job,) = jobs_of("[--key opensesame --pwd swordfish]http://u:sesame@server/x")
    (broken,) = jobs_of("ftp://user:sesame@server/x")

    for text in (repr(job), str(job.url), job.shown_url, repr(broken), broken.shown_url):
        assert not {"opensesame", "swordfish", "sesame"} & set(text.replace(":", " ").split())
        assert "sesame" not in text
        assert "swordfish" not in text
