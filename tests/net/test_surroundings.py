from mppsim.net.clock import RunClock
from mppsim.net.surroundings import Surroundings, UploadLine, Uploads
from mppsim.net.timers import Timers
from mppsim.net.uploader import UploadEngine


async def test_upload_engine_is_a_way_out() -> None:
    with UploadEngine() as engine:
        uploads: Uploads = engine
        line: UploadLine = uploads.open_session("127.0.0.1")
        line.close()

        assert engine.sessions == set()


async def test_phones_share_their_surroundings_as_they_are() -> None:
    timers = Timers(RunClock(None))
    with UploadEngine() as engine:
        shared = Surroundings(
            timers=timers, uploads=engine, random_bytes=bytes, tell=print, epoch=0.0
        )

        assert (shared.timers, shared.uploads) == (timers, engine)
        assert shared.random_bytes(2) == b"\0\0"
