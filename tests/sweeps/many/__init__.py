"""Many channels, many workers: a digest to 300 channels by three processes on PostgreSQL, killed at random.

Slack, Discord, arXiv and the model are local servers in one process; PostgreSQL runs by itself; the workers
are started as anybody starts them (`rinko run --role worker`), killed without warning at random moments, and
started again. The job tables are emptied once. The verdict comes from the messages on the servers alone.

    make sweep                                                               # all, among other sweeps
    .venv/bin/python -m pytest -m sweep -s -n 0 tests/sweeps/test_many.py               # these alone
"""
