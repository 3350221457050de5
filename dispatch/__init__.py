"""Who goes where: a pure library that plans one day of technicians and visits.

It knows no web, database, wall clock, network or global random, and works on its own
(``python -m dispatch``). Times are whole seconds since midnight of the day, distances whole metres.

Where to start: ``problem`` (what is given), ``plan`` (what comes out), ``solve`` (the front door),
``solvers.insertion.insert`` (one arriving ticket), ``explain`` (why), ``objective`` (what is good).
"""
