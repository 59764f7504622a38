"""Many phones, one schedule.

`plan` has the words: which phones, and what is done to them when; `demo` is the plan that
`mppsim run` follows without a scenario. `local` carries a plan out in this process, against the
server that `embedded` starts beside it; `witness` remembers what was accepted, `readback` compares
that with what the server holds, and `tally` counts. What a plan holds and what a tally makes of
it are functions of values; only `local`, `embedded` and `readback` wait.
"""
