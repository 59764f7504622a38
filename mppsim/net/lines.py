"""The lines that a phone uses, read from its parameters.

Source: the guide's tabs Ext n and SIP.
"""

from collections.abc import Callable
from functools import lru_cache

from mppsim.core.catalogue import ParameterSet
from mppsim.core.parameters import Baseline, ParameterView
from mppsim.sip.line import RegisterRules, SipLine, SipTransport

__all__ = ["line_places", "read_lines"]

_OF_LINE = (
    *("Line_Enable", "User_ID", "Auth_ID", "Password", "Display_Name", "SIP_URI"),
    *("Proxy", "Outbound_Proxy", "Register", "Register_Expires", "Proxy_Fallback_Intvl"),
    *("SIP_Transport", "SIP_Port", "EXT_SIP_Port", "Auth_Support_RFC8760"),
)
_OF_PHONE = (
    *("SIP_T1", "SIP_T2", "SIP_Timer_F", "Max_Auth", "Reg_Min_Expires", "Reg_Max_Expires"),
    *("Reg_Retry_Intvl", "Reg_Retry_Random_Delay", "Reg_Retry_Intvl_Cap"),
    *("Reg_Retry_Long_Intvl", "Reg_Retry_Long_Random_Delay", "Retry_Reg_RSC", "Try_Backup_RSC"),
    *("Remove_Last_Reg", "Random_REG_CID_on_Reboot", "EXT_IP"),
    *("SIP_Reg_User_Agent_Name", "SIP_User_Agent_Name"),
)
_LEAST_TIMER = 0.1  # seconds; SIP_T1 may be 0, which would repeat a request without a pause

_Values = Callable[[str], str]


def read_lines(view: ParameterView) -> tuple[SipLine, ...]:
    """Return the lines that are enabled and have a User ID, in order.

    Macros in `user_agent` are not expanded. Phones that share their lines' parameters with their
    group share the lines, too, and asking costs a look at what sets the phone apart.
    """
    if line_places(view.baseline.parameters).isdisjoint(view.overlay):
        return _read_shared(view.baseline)
    return _read(view)


@lru_cache(maxsize=1024)
def _read_shared(baseline: Baseline) -> tuple[SipLine, ...]:
    return _read(baseline.view)


def _read(view: ParameterView) -> tuple[SipLine, ...]:
    def value(name: str) -> str:
        return view.get(name) or ""

    count = view.baseline.parameters.model.lines
    numbers = [n for n in range(1, count + 1) if _is_used(value, n)]
    rules = _read_rules(value) if numbers else RegisterRules()
    return tuple(_read_line(value, number, rules) for number in numbers)


def _is_used(value: _Values, number: int) -> bool:
    return value(f"Line_Enable_{number}_") == "Yes" and bool(value(f"User_ID_{number}_"))


def _read_line(value: _Values, number: int, rules: RegisterRules) -> SipLine:
    def of_line(name: str) -> str:
        return value(f"{name}_{number}_")

    transport = of_line("SIP_Transport")
    return SipLine(
        number=number,
        user_id=of_line("User_ID"),
        auth_id=of_line("Auth_ID"),
        password=of_line("Password"),
        display_name=of_line("Display_Name"),
        uri=of_line("SIP_URI"),
        proxy=of_line("Proxy"),
        outbound_proxy=of_line("Outbound_Proxy"),
        # AUTO asks the DNS for more than addresses, which the system's resolver does not.
        transport=SipTransport("UDP" if transport in {"", "AUTO"} else transport),
        port=_int(of_line("SIP_Port"), 5059 + number),
        is_registering=of_line("Register") == "Yes",
        expires=_int(of_line("Register_Expires"), 3600),
        fallback=_float(of_line("Proxy_Fallback_Intvl"), 3600.0),
        has_rfc8760=of_line("Auth_Support_RFC8760") == "Yes",
        external_host=value("EXT_IP") if value("EXT_IP") != "0.0.0.0" else "",
        external_port=_int(of_line("EXT_SIP_Port"), 0),
        user_agent=value("SIP_Reg_User_Agent_Name") or value("SIP_User_Agent_Name"),
        rules=rules,
    )


def _read_rules(value: _Values) -> RegisterRules:
    t1 = max(_float(value("SIP_T1"), 0.5), _LEAST_TIMER)
    return RegisterRules(
        t1=t1,
        t2=max(_float(value("SIP_T2"), 4.0), t1),
        timeout=max(_float(value("SIP_Timer_F"), 16.0), t1),
        max_auth=_int(value("Max_Auth"), 2),
        min_expires=_float(value("Reg_Min_Expires"), 1.0),
        max_expires=_float(value("Reg_Max_Expires"), 7200.0),
        retry=_float(value("Reg_Retry_Intvl"), 30.0),
        retry_random=_float(value("Reg_Retry_Random_Delay"), 0.0),
        retry_cap=_float(value("Reg_Retry_Intvl_Cap"), 0.0),
        long_retry=_float(value("Reg_Retry_Long_Intvl"), 1200.0),
        long_retry_random=_float(value("Reg_Retry_Long_Random_Delay"), 0.0),
        retry_codes=value("Retry_Reg_RSC"),
        backup_codes=value("Try_Backup_RSC"),
        is_leaving_last=value("Remove_Last_Reg") == "Yes",
        is_call_id_new=value("Random_REG_CID_on_Reboot") == "Yes",
    )


@lru_cache(maxsize=128)
def line_places(parameters: ParameterSet) -> frozenset[int]:
    """Return where everything stands that lines are read from, by `Parameter.index`."""
    numbers = range(1, parameters.model.lines + 1)
    names = [f"{name}_{number}_" for name in _OF_LINE for number in numbers]
    found = (parameters.get(name) for name in (*names, *_OF_PHONE))
    return frozenset(parameter.index for parameter in found if parameter is not None)


def _int(text: str, otherwise: int) -> int:
    """Read a number that was checked when it was set; one may have been set empty."""
    return int(text) if text else otherwise


def _float(text: str, otherwise: float) -> float:
    return float(text) if text else otherwise
