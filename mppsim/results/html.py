"""`report.html`: a run as one page that needs no other file, and no network.

Every value goes in as text, never as markup, and the page allows no script and no style but its
own: they are named by their SHA-256 in its Content-Security-Policy. The charts are uPlot's.
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mppsim import __version__
from mppsim.core.secrets import hide_secrets
from mppsim.results.charts import build_timeline
from mppsim.results.history import KeptReport
from mppsim.results.key_figures import build_cards, build_group_rows, build_spread_rows
from mppsim.results.outcome import Outcome, Verdict
from mppsim.results.words import (
    show_bytes,
    show_clock,
    show_count,
    show_judged,
    show_seconds,
    show_share,
)

__all__ = ["REPORT", "render_html"]

REPORT = "report.html"

_SHOWN = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✗",
    Verdict.SATURATED: "!",
    Verdict.INTERRUPTED: "■",
}
_LIMITS = {
    "connections": "reports waited because no more connections may be open at once",
    "cpu": "a worker used a whole core",
    "machine": "something else kept the processor from it",
}


def render_html(outcome: Outcome) -> str:
    """Return the page. It shows what `summary.json` holds, and how it came to it over time."""
    figures = outcome.figures
    timeline = build_timeline(outcome.series, figures.duration)
    return (
        _templates()
        .get_template(REPORT)
        .render(
            outcome=outcome,
            figures=figures,
            version=__version__,
            sign=_SHOWN[outcome.verdict],
            sentence=_explain(outcome),
            cards=build_cards(figures),
            spreads=build_spread_rows(figures),
            groups=build_group_rows(figures),
            failures=sorted(figures.reports.failures.items(), key=lambda item: (-item[1], item[0])),
            notes=tuple(map(hide_secrets, outcome.notes)),
            slowest=_without_secrets(outcome.slowest),
            failed=_without_secrets(outcome.failed),
            timeline=timeline,
            data=Markup(timeline.render_data()),
            style=_style(),
            script=_script(),
            policy=_policy(),
        )
    )


def _explain(outcome: Outcome) -> str:
    """Return what the verdict means, in a sentence or two."""
    broken = sum(not judged.passed for judged in outcome.thresholds)
    number = len(outcome.thresholds)
    early = outcome.ended_early
    match outcome.verdict:
        case Verdict.PASSED:
            return f"All {number} thresholds hold." if number else "Nothing was expected of it."
        case Verdict.FAILED:
            verb = "does" if broken == 1 else "do"
            said = f"{broken} of {number} thresholds {verb} not hold."
            return said if early is None else f"It was {early}. {said}"
        case Verdict.SATURATED:
            limit = _LIMITS.get(outcome.figures.generator.limit, "it was too slow")
            said = (
                f"mppsim could not keep its schedule: {limit}. The figures say what mppsim can do"
                " on this machine, and nothing about the server."
            )
            return said if early is None else f"It was {early}. {said}"
        case Verdict.INTERRUPTED:
            return "It did not come to its end; these are the figures so far."


def _without_secrets(reports: Iterable[KeptReport]) -> tuple[KeptReport, ...]:
    """Return the reports so that they may be shown to anybody, wherever they came from."""
    return tuple(
        replace(report, url=hide_secrets(report.url), detail=hide_secrets(report.detail))
        for report in reports
    )


def _show_moment(started: str) -> str:
    """Return when it was, for people."""
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return started
    zone = f" UTC{moment:%z}".removesuffix("+0000") if moment.tzinfo else ""
    return f"{moment.day} {moment:%B %Y, %H:%M:%S}{zone}"


@cache
def _style() -> Markup:
    return Markup(_read("uPlot.min.css") + "\n" + _read("report.css"))


@cache
def _script() -> Markup:
    licence = _read("uPlot-LICENSE.txt").strip()
    said = f"/*!\nuPlot, which draws the charts:\n\n{licence}\n*/"
    return Markup("\n".join((said, _read("uPlot.iife.min.js"), _read("report.js"))))


@cache
def _policy() -> str:
    style, script = (_name(text) for text in (_style(), _script()))
    return (
        f"default-src 'none'; style-src {style}; script-src {script}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _name(text: str) -> str:
    """Return what the page's policy calls a script or style of its own."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _read(asset: str) -> str:
    return files("mppsim.results").joinpath("assets", asset).read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("mppsim.results"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters.update(
        bytes=show_bytes,
        clock=show_clock,
        count=show_count,
        moment=_show_moment,
        seconds=show_seconds,
        share=show_share,
        value=show_judged,
    )
    return templates
