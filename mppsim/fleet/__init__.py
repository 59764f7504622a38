"""Many phones, one schedule.

`plan` says what a run is, as values; `dice` give each phone the same chances whatever the others
do. `demo_words` and `demo_plan` are what `mppsim run` follows without a scenario; `local` carries
that out in this process, against the server that `embedded` starts beside it; `witness` remembers
what was accepted, `readback` compares that with what the server holds, and `tally` counts. What a
plan holds and what a tally makes of it are functions of values; only `local`, `embedded` and
`readback` wait.

`crew` carries a plan out, in this process or over several: `worker`, `worker_process` and
`channel` between them. `pacemaker` moves their clocks as `barrier` decides, `notifier` sends
NOTIFYs, `fault_windows` turns the server's faults on and off. A worker is a `shard_run`.
"""
