"""Every file in profiles/ is what it says it is."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

from mppsim.core.catalogue import find_model, models, parameter_set
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline, ParameterStore
from mppsim.core.profile import parse_profile

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "profiles").glob("*.xml"))
NEWEST = load_release("mpp-12.0")
SERVER = "http://my_http_server/"
GUIDE = {
    "put-full": {"Report_Rule": f"{SERVER}config-mpp.xml", "HTTP_Report_Method": "PUT"},
    "put-delta": {
        "Report_Rule": f"[--delta]{SERVER}config-mpp-delta.xml;",
        "HTTP_Report_Method": "PUT",
    },
    "put-delta-encrypted": {
        "Report_Rule": f"[--delta --key test123]{SERVER}config-mpp-delta.enc.xml;",
        "HTTP_Report_Method": "PUT",
    },
    "put-delta-rfc8188": {
        "IKM_HTTP_Encrypt_Content": "mppsim-example-ikm",
        "Report_Rule": f"[--delta]{SERVER}config-mpp-delta.enc.xml",
        "HTTP_Report_Method": "PUT",
    },
    "put-status": {
        "Report_Rule": f"[--status]{SERVER}config-mpp-status.xml;",
        "HTTP_Report_Method": "PUT",
    },
    "put-status-and-delta": {
        "Report_Rule": (
            f"[--status]{SERVER}config-mpp-status.xml   [--delta]{SERVER}config-mpp-delta.xml"
        ),
        "HTTP_Report_Method": "PUT",
    },
    "post-delta": {
        "Report_Rule": f"[--delta]{SERVER}report_upload.php",
        "HTTP_Report_Method": "POST",
    },
    "rule-pair": {
        "Report_Rule": (
            f"[--delta]{SERVER}config-mpp-delta.xml   [--status]{SERVER}config-mpp-status.xml"
        ),
    },
    "on-request": {
        "Report_Rule": f"{SERVER}config-mpp.xml",
        "Report_To_Server": "On Request",
    },
    "on-local-change": {
        "Report_Rule": f"[--delta]{SERVER}config-mpp-delta.xml",
        "HTTP_Report_Method": "PUT",
        "Report_To_Server": "On Local Change",
        "Upload_Delay_On_Local_Change": "60",
    },
    "periodically": {
        "Report_Rule": f"[--status]{SERVER}config-mpp-status.xml",
        "HTTP_Report_Method": "PUT",
        "Report_To_Server": "Periodically",
        "Periodic_Upload_To_Server": "3600",
    },
    "guide-spelling": {
        "HTTP_Report_Method": "PUT",
        "Report_to_Server": "Periodically",
        "periodic_upload_to_server": "3600",
        "Upload_Delay_On_Local_Change": "60",
    },
}


def load(path):
    return parse_profile(path.read_bytes(), source=path.name)


def make_profiles():
    loader = SourceFileLoader("make_profiles", str(ROOT / "scripts" / "make-profiles"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


SCRIPT = make_profiles()


def test_folder_holds_these_files_and_no_other():
    assert {path.stem for path in FILES} == {*GUIDE, *(f"cfg-{m}" for m in SCRIPT.MODELS)}


def test_every_family_has_its_configuration_file():
    assert {find_model(m).family for m in SCRIPT.MODELS} == {m.family for m in models()}


@pytest.mark.parametrize("name", GUIDE)
def test_profile_says_what_the_guide_says(name):
    settings = load(ROOT / "profiles" / f"{name}.xml").settings

    assert {setting.name: setting.value for setting in settings} == GUIDE[name]
    assert {setting.ua for setting in settings} == {"na"}


@pytest.mark.parametrize("name", GUIDE)
@pytest.mark.parametrize("model", SCRIPT.MODELS)
def test_every_family_takes_a_profile_of_the_guide(name, model):
    phone = ParameterStore(Baseline.factory(find_model(model), NEWEST))

    done = phone.provision(load(ROOT / "profiles" / f"{name}.xml"))

    assert done.refused == ()
    misspelt = {setting for setting in GUIDE[name] if setting not in phone.view.baseline.parameters}
    assert {remark.name for remark in done.warnings} == misspelt
    assert misspelt == (
        {"Report_to_Server", "periodic_upload_to_server"} if name == "guide-spelling" else set()
    )


@pytest.mark.parametrize("model", SCRIPT.MODELS)
def test_configuration_file_is_what_the_script_makes(model):
    assert (ROOT / "profiles" / f"cfg-{model}.xml").read_bytes() == SCRIPT.make(model)


@pytest.mark.parametrize("model", SCRIPT.MODELS)
def test_configuration_file_holds_every_element_of_its_phone(model):
    every = parameter_set(find_model(model), NEWEST)

    settings = load(ROOT / "profiles" / f"cfg-{model}.xml").settings

    assert [setting.name for setting in settings] == [
        parameter.name for parameter in every.reported if parameter.form == "element"
    ]


@pytest.mark.parametrize("model", SCRIPT.MODELS)
def test_phone_that_is_given_its_own_configuration_file_stays_as_it_is(model):
    phone = ParameterStore(Baseline.factory(find_model(model), NEWEST))
    before = phone.view

    done = phone.provision(load(ROOT / "profiles" / f"cfg-{model}.xml"))

    assert (done.names, done.refused, done.warnings) == ((), (), ())
    assert phone.view is before
