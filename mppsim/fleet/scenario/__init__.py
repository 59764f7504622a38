"""Reads a scenario and makes a plan of it; tells everything that is wrong with it, at once.

Nothing here knows a running fleet: a file's text goes in, a `mppsim.fleet.plan.FleetPlan` or the
list of faults, each with line and column, comes out. `file` alone meets the disk.

How the modules work together: `nodes` reads YAML and keeps each value's place; `form` makes the
`document` of it, whose parts are `group`, `server_section` and the `scalars`; `overrides` is what
the command line says over it. `planning` makes the plan: `phones`, `ranges` and `phone_list` say
who the phones are, `kinds`, `values`, `given` and `placeholders` what they hold, `group_plan` what
is done to them, `rest` everything besides; `places` and `traffic` where all that would send;
`taken_out` knows a copy without its secrets. Whoever finds something wrong puts it on the
`fault_list`.
"""
