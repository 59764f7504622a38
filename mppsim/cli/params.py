"""`mppsim params`: the parameters of a phone model, with what each may hold."""

from fnmatch import fnmatchcase
from typing import Annotated

import typer

from mppsim.cli.listing import print_json, print_table
from mppsim.cli.options import FirmwareOption, ModelOption
from mppsim.core.allowed import describe_allowed
from mppsim.core.catalogue import Parameter, ParameterSet, ReportForm, find_model, parameter_set
from mppsim.core.firmware import DEFAULT_RELEASE, load_release
from mppsim.core.phone_model import DEFAULT_MODEL

__all__ = ["params"]


def params(
    pattern: Annotated[
        str,
        typer.Argument(help="A part of the name, or one with * and ?. Without it: all of them."),
    ] = "",
    model: ModelOption = DEFAULT_MODEL,
    firmware: FirmwareOption = DEFAULT_RELEASE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List parameters: name, place on the web page, what each may hold, factory value."""
    parameters = parameter_set(find_model(model), load_release(firmware))
    chosen = _choose(parameters, pattern)
    if as_json:
        print_json([_as_record(parameter) for parameter in chosen])
        return
    print_table(
        f"{parameters.model.product_name} at {parameters.release.name}",
        ("name", "tab", "section", "kind", "allowed", "default", "ua", "in a report"),
        (_as_row(parameter) for parameter in chosen),
        caption=f"{len(chosen):,} of {len(parameters):,} parameters",
    )


def _choose(parameters: ParameterSet, pattern: str) -> list[Parameter]:
    # People type the label of the web page as well: Report Rule.
    wanted = pattern.strip().replace(" ", "_").casefold()
    glob = wanted if "*" in wanted or "?" in wanted else f"*{wanted}*"
    chosen = [p for p in parameters if fnmatchcase(p.name.casefold(), glob)]
    return chosen or [parameters.find(pattern.strip().replace(" ", "_")).parameter]


def _as_row(parameter: Parameter) -> tuple[str, ...]:
    return (
        parameter.name,
        parameter.tab,
        parameter.section,
        parameter.kind,
        describe_allowed(parameter),
        parameter.default,
        parameter.ua,
        _FORMS[parameter.form],
    )


_FORMS = {
    ReportForm.ELEMENT: "yes",
    ReportForm.COMMENT: "as a comment",
    ReportForm.NEVER: "never",
}


def _as_record(parameter: Parameter) -> dict[str, str | bool]:
    return {
        "name": parameter.name,
        "tab": parameter.tab,
        "section": parameter.section,
        "kind": parameter.kind,
        "allowed": parameter.allowed,
        "default": parameter.default,
        "ua": parameter.ua,
        "secret": parameter.is_secret,
        "report": parameter.form.value,
    }
