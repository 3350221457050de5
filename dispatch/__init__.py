"""Who goes where: a pure library that plans technicians and visits; see its README.md.

It knows no web, database, wall clock, network or global random, and works on its own
(``python -m dispatch``). Times are whole seconds since midnight of the first day, distances whole
metres.

Where to start: ``problem`` (what is given), ``plan`` (what comes out), ``solve`` (the front door),
``solvers.insertion.insert`` (one arriving ticket), ``explain`` (why), ``objective`` (what is good),
``simulate`` (a whole day), ``country.regions`` (a whole country). Files: ``files``.
"""
