"""Decides: what a phone holds, what its Report Rule means, when and what it reports.

Everything here is a function of values. Nothing waits, listens, reads a clock or rolls dice:
`now` and `random_bytes` come in as arguments, and what is to be done goes out as an `Action`.

How the modules work together: `catalogue` and `firmware` know every parameter of a model at a
release; `profile` reads a configuration file; `parameters` is the store; `macros`, `report_rule`
and `settings` read the five fields; `agent` turns events into actions; `upload` makes the jobs;
`report` and `status` write the bodies; `encryption` seals them; `events` holds the words.
"""
