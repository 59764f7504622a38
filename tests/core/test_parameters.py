import pickle
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline, Checked, ParameterChange, ParameterStore, Provisioned
from mppsim.core.profile import Profile, ProfileSetting, Remark, parse_profile
from mppsim.errors import ParameterError


def baseline(*quirks, model="8851", release="mpp-12.0"):
    return Baseline.factory(find_model(model), load_release(release).with_quirks(quirks))


def store(*quirks, **of):
    return ParameterStore(baseline(*quirks, **of))


def profile(inner):
    return parse_profile(f"<flat-profile>{inner}</flat-profile>".encode(), source="p.xml")


def change(phone, **values):
    checked = phone.check(values)
    assert checked.refused == ()
    return phone.change(checked.changes)


def names(parameters):
    return [parameter.name for parameter in parameters]


class TestBaseline:
    def test_factory_values_are_the_catalogues_and_made_once(self):
        factory = baseline()

        assert factory is baseline()
        assert factory.release == load_release("mpp-12.0")
        assert factory.values[factory.parameters["Report_To_Server"].index] == "On Request"
        assert factory.uas[factory.parameters["Report_To_Server"].index] == "na"

    def test_baseline_in_another_process_is_one_object_for_all_that_shared_it(self):
        own, _ = baseline().provisioned(profile("<GPP_A>own</GPP_A>"))
        first, second = pickle.loads(pickle.dumps((own, own)))

        assert first is second
        assert first.view.baseline is first
        assert (first.values, first.parameters) == (own.values, own.parameters)

    def test_baselines_are_compared_by_identity(self):
        factory = baseline()
        same = Baseline(parameters=factory.parameters, values=factory.values, uas=factory.uas)

        assert same != factory

    def test_profile_makes_another_baseline_and_leaves_the_first_alone(self):
        factory = baseline()

        group, done = factory.provisioned(profile('<Report_Rule ua="rw">http://h/x</Report_Rule>'))

        place = factory.parameters["Report_Rule"].index
        assert (group.values[place], group.uas[place]) == ("http://h/x", "rw")
        assert (factory.values[place], factory.uas[place]) == ("", "na")
        assert done == Provisioned(names=("Report_Rule",))
        assert ParameterStore(group)["Report_Rule"] == "http://h/x"
        assert ParameterStore(group).view.overlay == {}

    def test_profile_that_sets_a_ua_alone_makes_another_baseline(self):
        group, done = baseline().provisioned(profile('<Report_Rule ua="ro"/>'))

        assert group.uas[group.parameters["Report_Rule"].index] == "ro"
        assert done.names == ()

    def test_profile_that_changes_nothing_gives_the_same_baseline(self):
        factory = baseline()

        assert factory.provisioned(profile("<Report_Rule/>"))[0] is factory

    def test_repr_shows_no_value(self):
        group, _ = baseline().provisioned(profile("<GPP_SA>hunter2</GPP_SA>"))

        assert "hunter2" not in repr(group)
        assert "hunter2" not in repr(group.view)


class TestView:
    def test_value_is_read_by_name_and_by_place(self):
        view = baseline().view

        assert view["HTTP_Report_Method"] == "POST"
        assert view.value(view.baseline.parameters["HTTP_Report_Method"].index) == "POST"
        assert view.get("HTTP_Report_Method") == "POST"

    def test_unknown_name_is_refused_or_has_the_default(self):
        view = baseline().view

        assert view.get("No_Such") is None
        assert view.get("No_Such", "x") == "x"
        with pytest.raises(ParameterError, match="no such parameter"):
            view["No_Such"]

    def test_view_stays_as_it_was_when_the_store_moves_on(self):
        phone = store()
        before = phone.view

        change(phone, Station_Display_Name="lobby")

        assert before["Station_Display_Name"] == ""
        assert phone.view["Station_Display_Name"] == phone["Station_Display_Name"] == "lobby"

    def test_phone_that_changed_nothing_shares_its_groups_view(self):
        assert store().view is store().view

    def test_phone_that_changed_nothing_costs_less_than_a_hundred_bytes(self):
        phone = store()

        assert sys.getsizeof(phone) < 100
        assert not hasattr(phone, "__dict__")

    def test_value_set_back_to_the_baselines_leaves_no_overlay(self):
        phone = store()
        change(phone, Station_Display_Name="lobby")
        change(phone, Station_Display_Name="")

        assert phone.view.overlay == {}


class TestCheck:
    def test_good_values_are_ready_changes_under_their_real_names(self):
        checked = store().check(
            {"Report_Rule": " http://h/a\nhttp://h/b ", "HTTP_Report_Method": "PUT"}
        )

        assert checked == Checked(
            changes=(
                ParameterChange("Report_Rule", "http://h/a http://h/b"),
                ParameterChange("HTTP_Report_Method", "PUT"),
            )
        )

    def test_nothing_is_set(self):
        phone = store()
        phone.check({"Report_Rule": "http://h/a"})

        assert phone["Report_Rule"] == ""
        assert phone.revision == 0

    def test_other_spelling_is_read_with_a_warning_that_names_the_real_one(self):
        checked = store().check({"periodic_upload_to_server": "600", "report_RULE": "/x"})

        assert [c.name for c in checked.changes] == ["Periodic_Upload_To_Server", "Report_Rule"]
        assert checked.warnings == (
            Remark(
                "periodic_upload_to_server",
                "read as Periodic_Upload_To_Server, as phones write it",
            ),
            Remark("report_RULE", "read as Report_Rule, as phones write it"),
        )

    def test_bad_value_is_refused_and_the_rest_stays_ready(self):
        checked = store().check({"Periodic_Upload_To_Server": "5", "Report_Rule": "/x"})

        assert checked.changes == (ParameterChange("Report_Rule", "/x"),)
        assert checked.refused == (
            Remark(
                "Periodic_Upload_To_Server",
                "'5' is not allowed: a whole number from 600 to 259200",
            ),
        )

    def test_unknown_name_is_refused_with_near_names(self):
        (remark,) = store().check({"Report_Ruel": "/x"}).refused

        assert remark.name == "Report_Ruel"
        assert remark.reason.endswith("did you mean Report_Rule?")

    def test_only_the_first_unknown_names_get_a_hint(self):
        refused = store().check([(f"Report_Rule{'x' * n}", "") for n in range(1, 9)]).refused

        assert ["did you mean" in remark.reason for remark in refused] == [True] * 5 + [False] * 3

    def test_last_of_two_values_of_one_name_wins_however_it_is_spelt(self):
        pairs = [("Report_to_Server", "Periodically"), ("Report_To_Server", "On Request")]

        assert store().check(pairs).changes == (ParameterChange("Report_To_Server", "On Request"),)

    @pytest.mark.parametrize("name", ["GPP_SA", "IKM_HTTP_Encrypt_Content"])
    def test_hidden_parameter_is_set_by_a_profile_only(self, name):
        phone = store()

        assert phone.check({name: "x"}).refused == (Remark(name, "only a profile sets it"),)
        assert phone.check({name: "x"}, from_profile=True).changes == (ParameterChange(name, "x"),)

    def test_option_in_other_case_is_warned_of_under_the_real_name(self):
        checked = store().check({"report_to_server": "periodically"})

        assert checked.changes == (ParameterChange("Report_To_Server", "Periodically"),)
        assert [remark.name for remark in checked.warnings] == [
            "report_to_server",
            "Report_To_Server",
        ]

    @pytest.mark.parametrize(
        ("release", "seconds", "accepted"),
        [
            ("mpp-11.2", "2592000", True),
            ("mpp-11.3", "2592000", False),
            ("mpp-12.0", "259200", True),
            ("mpp-12.0", "259201", False),
        ],
    )
    def test_longest_period_depends_on_the_release(self, release, seconds, accepted):
        checked = store(release=release).check({"Periodic_Upload_To_Server": seconds})

        assert bool(checked.changes) is accepted

    @pytest.mark.parametrize("release", ["mpp-11.2", "mpp-11.3", "mpp-12.0", "spa-7"])
    def test_never_report_is_accepted_on_every_release(self, release):
        phone = store(release=release)

        assert change(phone, Report_To_Server="Never Report") == ("Report_To_Server",)
        assert phone["Report_To_Server"] == "Never Report"

    def test_clamping_release_takes_the_bound_with_a_warning(self):
        checked = store("out_of_range=clamp").check({"Upload_Delay_On_Local_Change": "5"})

        assert checked.changes == (ParameterChange("Upload_Delay_On_Local_Change", "10"),)
        assert checked.warnings == (
            Remark("Upload_Delay_On_Local_Change", "'5' is out of range: 10 is taken"),
        )

    def test_no_remark_and_no_repr_shows_a_secret(self):
        phone = store()
        long = "hunter2" * 30
        checked = phone.check({"Admin_Passwd": long, "Password_1_": "hunter2", "GPP_SA": "hunter2"})

        assert checked.refused
        assert "hunter2" not in repr(checked)

    @given(
        st.lists(
            st.tuples(
                st.one_of(
                    st.text(max_size=8), st.sampled_from(names(baseline().parameters.reported))
                ),
                st.one_of(st.text(max_size=12), st.sampled_from(["Yes", "0", "10", "x"])),
            ),
            max_size=4,
        ),
        st.booleans(),
    )
    def test_any_names_and_values_are_accepted_refused_or_warned_of(self, pairs, from_profile):
        phone = store()

        checked = phone.check(pairs, from_profile=from_profile)

        phone.change(checked.changes)
        for done in checked.changes:
            assert phone[done.name] == done.value
        assert len(checked.changes) + len(checked.refused) <= len(pairs)
        assert len(phone.check(pairs).changes) == len(checked.changes)


class TestChange:
    def test_new_values_are_set_under_one_revision(self):
        phone = store()

        changed = change(phone, Station_Display_Name="lobby", Report_Rule="/x")

        assert changed == ("Station_Display_Name", "Report_Rule")
        assert phone.revision == 1
        assert names(phone.changed_since(0)) == ["Report_Rule", "Station_Display_Name"]

    def test_value_set_to_what_it_is_already_is_no_change(self):
        phone = store()
        before = phone.view

        assert change(phone, HTTP_Report_Method="POST") == ()
        assert phone.revision == 0
        assert phone.changed_since(0) == ()
        assert phone.view is before

    def test_only_the_new_values_of_a_change_are_named(self):
        phone = store()

        assert change(phone, HTTP_Report_Method="POST", Report_Rule="/x") == ("Report_Rule",)

    def test_there_and_back_is_a_change(self):
        phone = store()
        change(phone, Station_Display_Name="b")
        change(phone, Station_Display_Name="")

        assert names(phone.changed_since(0)) == ["Station_Display_Name"]
        assert phone["Station_Display_Name"] == ""

    def test_bookmark_divides_what_came_before_from_what_came_after(self):
        phone = store()
        change(phone, Station_Display_Name="a", Report_Rule="/a")
        bookmark = phone.revision
        change(phone, Report_Rule="/b")

        assert names(phone.changed_since(bookmark)) == ["Report_Rule"]
        assert phone.changed_since(phone.revision) == ()

    def test_changed_parameters_come_in_configuration_order(self):
        phone = store()
        change(phone, Proxy_2_="h")
        change(phone, Proxy_1_="h")
        change(phone, Report_Rule="/x")

        assert names(phone.changed_since(0)) == ["Report_Rule", "Proxy_1_", "Proxy_2_"]

    @pytest.mark.parametrize("name", ["Password_1_", "Admin_Password", "Mute_Tone"])
    def test_what_is_a_comment_is_set_but_never_among_the_changed(self, name):
        phone = store()

        assert change(phone, **{name: "x1"}) == (name,)
        assert phone[name] == "x1"
        assert phone.changed_since(0) == ()

    def test_tone_that_was_an_element_is_among_the_changed(self):
        phone = store(release="mpp-11.3")
        change(phone, Mute_Tone="x")

        assert names(phone.changed_since(0)) == ["Mute_Tone"]

    def test_name_must_be_the_real_one(self):
        phone = store()

        with pytest.raises(ParameterError, match="no such parameter"):
            phone.change([ParameterChange("report_rule", "/x")])
        assert phone.revision == 0

    def test_phones_of_a_group_do_not_see_each_other(self):
        one, other = store(), store()
        change(one, Report_Rule="/x")

        assert other["Report_Rule"] == ""
        assert other.changed_since(0) == ()

    @given(
        st.lists(
            st.dictionaries(
                st.sampled_from(["Report_Rule", "Proxy_1_", "Password_1_", "Station_Display_Name"]),
                st.sampled_from(["", "a", "b"]),
            ),
            max_size=8,
        ),
        st.integers(0, 8),
    )
    def test_changed_since_is_what_the_history_says(self, history, at):
        phone, held, changed = store(), dict.fromkeys(["Password_1_"], ""), set()
        bookmark = 0
        for step, values in enumerate(history):
            if step == at:
                bookmark, changed = phone.revision, set()
            changed |= {name for name, value in values.items() if held.get(name, "") != value}
            held |= values
            phone.change(ParameterChange(name, value) for name, value in values.items())

        assert set(names(phone.changed_since(bookmark))) == changed - {"Password_1_"}
        assert all(phone[name] == value for name, value in held.items())


class TestProvision:
    def test_values_and_ua_are_applied(self):
        phone = store()

        done = phone.provision(
            profile(
                '<Report_Rule ua="rw">/x</Report_Rule><HTTP_Report_Method>POST</HTTP_Report_Method>'
            )
        )

        assert done == Provisioned(names=("Report_Rule",))
        assert phone["Report_Rule"] == "/x"
        assert phone.view.ua(phone.view.baseline.parameters["Report_Rule"].index) == "rw"

    def test_it_is_no_local_change(self):
        phone = store()
        phone.provision(profile("<Report_Rule>/x</Report_Rule>"))

        assert phone.revision == 0
        assert phone.changed_since(0) == ()

    def test_local_change_that_waits_still_waits_and_has_the_newer_value(self):
        phone = store()
        change(phone, Report_Rule="/local")
        phone.provision(profile("<Report_Rule>/profile</Report_Rule>"))

        assert names(phone.changed_since(0)) == ["Report_Rule"]
        assert phone["Report_Rule"] == "/profile"

    def test_unknown_name_is_ignored_with_a_warning(self):
        done = store().provision(profile("<No_Such>1</No_Such><Report_Rule>/x</Report_Rule>"))

        assert done.names == ("Report_Rule",)
        assert done.refused == ()
        assert [remark.name for remark in done.warnings] == ["No_Such"]

    def test_bad_value_is_refused_and_leaves_value_and_ua_as_they_were(self):
        phone = store()
        done = phone.provision(
            profile(
                '<HTTP_Report_Method ua="rw">GET</HTTP_Report_Method><Report_Rule>/x</Report_Rule>'
            )
        )

        assert [remark.name for remark in done.refused] == ["HTTP_Report_Method"]
        assert done.names == ("Report_Rule",)
        assert phone["HTTP_Report_Method"] == "POST"
        assert phone.view.ua(phone.view.baseline.parameters["HTTP_Report_Method"].index) == "na"

    def test_last_of_two_values_wins(self):
        phone = store()
        phone.provision(profile("<Report_Rule>/a</Report_Rule><report_rule>/b</report_rule>"))

        assert phone["Report_Rule"] == "/b"

    def test_odd_ua_is_left_as_it_was_with_a_warning(self):
        phone = store()
        done = phone.provision(profile('<Report_Rule ua="RW">/x</Report_Rule>'))

        assert done.warnings == (
            Remark("Report_Rule", "its ua is none of na, ro, rw: left as it was"),
        )
        assert phone.view.ua(phone.view.baseline.parameters["Report_Rule"].index) == "na"

    def test_ua_of_the_factory_again_leaves_no_overlay(self):
        phone = store()
        phone.provision(profile('<Report_Rule ua="rw"/>'))
        phone.provision(profile('<Report_Rule ua="na"/>'))

        assert phone.view.ua_overlay == {}

    def test_two_quotation_marks_set_a_parameter_empty(self):
        phone = store()
        phone.provision(profile('<Profile_Rule>""</Profile_Rule>'))

        assert phone["Profile_Rule"] == ""

    def test_hidden_parameters_are_set(self):
        phone = store()
        done = phone.provision(profile("<GPP_SA>hunter2</GPP_SA>"))

        assert done.names == ("GPP_SA",)
        assert phone["GPP_SA"] == "hunter2"
        assert "hunter2" not in repr(done)

    def test_what_the_profile_itself_left_out_is_warned_of(self):
        done = store().provision(Profile((), (Remark("Group", "ignored"),)))

        assert done == Provisioned(warnings=(Remark("Group", "ignored"),))

    def test_profile_that_changes_nothing_keeps_the_view(self):
        phone = store()
        before = phone.view
        phone.provision(profile('<Report_Rule ua="na"/>'))

        assert phone.view is before

    def test_thousands_of_unknown_names_take_no_time_for_hints(self):
        settings = tuple(ProfileSetting(name=f"Unit_9_Key_{n}_", value="") for n in range(3000))

        done = store().provision(Profile(settings))

        assert sum("did you mean" in remark.reason for remark in done.warnings) == 5
        assert len(done.warnings) == 3000


class TestReset:
    def test_values_and_ua_of_a_profile_go_with_those_of_the_group_and_the_phone(self):
        group, _ = baseline().provisioned(profile('<GPP_B ua="rw">group</GPP_B>'))
        phone = ParameterStore(group)
        phone.provision(profile('<GPP_C ua="ro">own</GPP_C><GPP_SA>secret</GPP_SA>'))
        change(phone, Ringer_Volume="3")

        names = phone.reset()

        assert names == ("GPP_B", "GPP_C", "GPP_SA", "Ringer_Volume")
        factory = baseline()
        held = [(phone.view.value(p.index), phone.view.ua(p.index)) for p in factory.parameters]
        assert held == list(zip(factory.values, factory.uas, strict=True))

    def test_what_was_changed_before_is_in_no_delta_and_what_comes_after_is(self):
        phone = store()
        change(phone, GPP_A="1")
        bookmark = phone.revision

        phone.reset()

        assert names(phone.changed_since(0)) == []
        change(phone, GPP_B="2")
        assert names(phone.changed_since(bookmark)) == ["GPP_B"]

    def test_phone_from_the_factory_holds_nothing_new(self):
        phone = store()
        before = phone.view

        assert phone.reset() == ()
        assert phone.view is before
