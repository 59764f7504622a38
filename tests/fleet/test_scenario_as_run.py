"""A scenario as it was run, beside its results."""

from pathlib import Path

import pytest
import yaml

from mppsim.fleet.fleet_run import RunTerms
from mppsim.fleet.scenario.file import read_scenario
from mppsim.fleet.scenario.overrides import Overrides
from mppsim.fleet.scenario.planning import check_scenario
from mppsim.fleet.scenario_as_run import render_scenario
from mppsim.net.tls import TlsSettings
from tests.support.scenarios import faults, read

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
SECRETS = """\
server: {embedded: {keys: [planted-1, planted-2], ikm: planted-3, user: joe, password: planted-4}}
duration: 1h
fleet:
  - name: lobby
    set:
      Report_Rule: "[--key planted-5 --pwd planted-6]http://joe:planted-7@127.0.0.1/$MA.xml"
      Password_1_: planted-8
      admin_password: planted-9
      IKM_HTTP_Encrypt_Content: planted-10
      GPP_SA: planted-11
      Station_Display_Name: "the lobby's ${index}"
notify: {event: report, user: pbx, password: planted-12}
"""


def rendered(terms: RunTerms) -> str:
    return render_scenario(terms, check_scenario(terms.file, terms.overrides))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_scenario_as_run_can_be_run_again(file: Path) -> None:
    terms = RunTerms(file=read_scenario(file), seed=1)
    again = read(rendered(terms), file.parent)

    if "***" not in rendered(terms).partition("\n")[2]:
        assert again.scenario == terms.file.scenario


def test_words_are_those_that_were_written() -> None:
    text = "clock: {speed: max}\nduration: 90m\nfleet: [{name: lobby, macs: 00:56:2B:00:00:01}]"
    said = yaml.load(rendered(RunTerms(file=read(text), seed=1)), yaml.BaseLoader)

    assert said == {
        "clock": {"speed": "max"},
        "duration": "90m",
        "fleet": [{"name": "lobby", "macs": "00:56:2B:00:00:01"}],
    }


def test_no_secret_is_in_it() -> None:
    shown = rendered(RunTerms(file=read(SECRETS), seed=1))

    assert "planted" not in shown
    assert "[--key *** --pwd ***]http://joe:***@127.0.0.1/$MA.xml" in shown
    assert "the lobby's ${index}" in shown


def test_options_over_it_are_told_before_it_without_secrets() -> None:
    overrides = Overrides(
        phones=5,
        settings=(("Password_1_", "planted"), ("GPP_A", "planted")),
        target="http://127.0.0.1:8000",
        thresholds=("reports.failed == 0",),
    )
    tls = TlsSettings(ca_file=Path("ca.pem"), insecure=True)
    terms = RunTerms(file=read(SECRETS), overrides=overrides, seed=9, workers=2, tls=tls)
    head = [line for line in rendered(terms).splitlines() if line.startswith("#")]

    assert head == [
        "# /nowhere/s.yaml, as run; write its secrets in before you run it again: each is ***",
        "# phones: 5",
        "# settings: Password_1_, GPP_A",
        "# thresholds: reports.failed == 0",
        "# target: http://127.0.0.1:8000",
        "# seed: 9",
        "# workers: 2",
        "# ca: ca.pem",
        "# insecure: True",
    ]


def test_copy_without_its_secrets_is_refused_wherever_one_stood() -> None:
    copied = rendered(RunTerms(file=read(SECRETS), seed=1))

    told = [fault.split(": ")[1] for fault in faults(copied)]
    assert told == [
        *("server.embedded.keys[0]", "server.embedded.keys[1]"),
        *("server.embedded.ikm", "server.embedded.password"),
        *("fleet[0].set.Report_Rule", "fleet[0].set.Password_1_", "fleet[0].set.admin_password"),
        *("fleet[0].set.IKM_HTTP_Encrypt_Content", "fleet[0].set.GPP_SA"),
        "notify.password",
    ]
    assert copied.startswith(
        "# /nowhere/s.yaml, as run; write its secrets in before you run it again: each is ***\n"
    )


def test_empty_secret_stays_empty() -> None:
    text = "fleet: [{name: a, set: {Password_1_: ''}}]"

    assert faults(rendered(RunTerms(file=read(text), seed=1))) == []
