"""Judges a run: its figures, what was expected of them, and the files that tell both.

Nothing here waits, listens, reads a clock or rolls dice. `figures` are what a run came to, under
the names of `summary.json`, and `history` how it went; `thresholds` is the language of what is
expected; `watch` judges while the run goes on; `outcome` is the verdict with all that belongs to
it. `summary`, `markdown`, `junit` and `html` write an outcome down (`key_figures` and `charts`
are what the page is made of), `folder` keeps the files, and `comparison` puts two runs side by
side.
"""
