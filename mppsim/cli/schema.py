"""`mppsim schema`: the JSON Schema of a scenario, for editors and other programs."""

from mppsim.cli.listing import print_json
from mppsim.fleet.scenario.document import make_schema

__all__ = ["schema"]


def schema() -> None:
    """Print the JSON Schema of a scenario.

    An editor that knows YAML completes and checks scenarios by it, where their first line is
    `# yaml-language-server: $schema=scenario.schema.json`.
    """
    print_json(make_schema())
