"""Many phones, one schedule.

The room `scenario` reads what was written and makes a `plan` of it, which says what a run is, as
values; `dice` give each phone the same chances whatever the others do, and `roster` says which
phone is which. `shard` is the phones of one worker, `tally` counts what they do, `ledger` remembers
what they sent, `readback` compares that with what the server holds. `fleet_run` is one run as a
whole: `embedded` the server that it brings with it, `crew` whoever carries the plan out, `lookout`
whoever looks on; `fitness` says beforehand whether a machine can carry it.

`crew` carries a plan out, in this process or over several: `worker`, `worker_process` and
`channel` between them. `pacemaker` moves their clocks as `barrier` decides, `notifier` sends
NOTIFYs, `fault_windows` turns the server's faults on and off. A worker is a `shard_run`.
"""
