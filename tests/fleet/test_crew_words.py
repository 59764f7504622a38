"""What goes over a channel survives it."""

import pickle
from pathlib import Path

import pytest

from mppsim.fleet.crew_words import (
    Begin,
    End,
    Ended,
    Failed,
    Finish,
    Go,
    Lines,
    News,
    Ready,
    Rested,
    ShardTerms,
)
from mppsim.fleet.plan import EmbeddedPlan, NotifyPlan
from mppsim.net.tls import TlsSettings
from tests.support.fleets import kind_of, make_group, make_plan


@pytest.mark.parametrize(
    "word",
    [
        *(Begin(1.5), Go(-1.0), End(), Finish(30.0), Rested(None), Rested(2.0), Ended()),
        *(Ready(5060, None, ("a note",)), Failed("no", is_bug=True), Lines("{}\n")),
        News(b"tally", {"running": 3}),
    ],
    ids=str,
)
def test_word_is_the_same_on_the_other_side(word: object) -> None:
    heard = pickle.loads(pickle.dumps(word))

    assert (type(heard), heard) == (type(word), word)


def test_terms_of_a_large_fleet_are_small() -> None:
    plan = make_plan(make_group(count=1_000_000))
    pickled = pickle.dumps(ShardTerms(plan=plan, workers=4))
    terms = pickle.loads(pickled)

    assert len(pickled) < 200_000
    assert terms.plan.groups[0].macs == plan.groups[0].macs
    assert terms.plan.count == 1_000_000


def test_groups_that_shared_a_baseline_share_it_there() -> None:
    kinds = (kind_of({"GPP_A": "own"}),)
    first, second = make_group(kinds=kinds), make_group(kinds=kinds, first=3, name="yard")
    plan = make_plan(first, second, notifies=(NotifyPlan(),), embedded=EmbeddedPlan(keys=("k",)))
    tls = TlsSettings(ca_file=Path("/ca.pem"))
    terms = pickle.loads(pickle.dumps(ShardTerms(plan=plan, after=(60.0,), tls=tls)))
    baselines = {id(group.kinds[0].baseline) for group in terms.plan.groups}

    assert len(baselines) == 1
    assert (terms.after, terms.tls) == ((60.0,), tls)
    assert (terms.plan.notifies, terms.plan.embedded) == (plan.notifies, plan.embedded)
    assert terms.plan.groups[1].kinds[0].baseline.values == kinds[0].baseline.values
