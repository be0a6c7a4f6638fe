"""The crash sweep: at every call of a digest something happens to Rinko or to its platform, at every point.

A run is a real process of Rinko that posts a digest of stored papers to a local server, which kills it, stops
it, or fails in some way at one point of one call. Then Rinko is started again, and killed again, and at last
let finish. What stands on the server in the end is held against what a digest should be; nothing else is.

    make sweep                                                       # all, among other sweeps
    .venv/bin/python -m pytest -m sweep -s -k slack tests/sweeps/test_crash.py      # one platform
    .venv/bin/python -m tests.sweeps.crash discord "kill after 12"                  # one run, with its story
"""
