"""The figures that hold always or not at all, G7-G9, and the tests that hold them.

No run of the bench could show them: a test looks for one day that breaks them.
"""

from __future__ import annotations

from dataclasses import dataclass

CREW_PLANS = "test_dispatch_crew_plans.py"
EXACTNESS = "test_dispatch_exactness.py"
KERNELS = "test_dispatch_kernels.py"
SOLVERS = "test_dispatch_solvers.py"
STREAMS = "test_dispatch_streams.py"
VERDICTS = "test_dispatch_verdicts.py"


@dataclass(frozen=True)
class Held:
    """One of these figures; ``tests`` are ``file::name``, the files in `tests/property`."""

    name: str
    what: str
    wanted: str
    tests: tuple[str, ...]


HELD = (
    Held(
        "G7",
        "begun work is changed, over any stream of events",
        "never",
        (
            f"{STREAMS}::test_what_has_begun_keeps_its_people_and_its_start_over_any_stream",
            f"{SOLVERS}::test_committed_work_never_moves",
        ),
    ),
    Held(
        "G8",
        "*unreachable* against brute force",
        "precision and recall 1.00",
        (
            f"{VERDICTS}::test_unreachable_is_said_exactly_when_nobody_could_begin",
            f"{EXACTNESS}::test_unreachable_is_said_exactly_when_brute_force_finds_nobody",
            f"{EXACTNESS}::test_the_verdict_looks_at_committed_work_only",
        ),
    ),
    Held(
        "G8",
        "… a visit that is left out",
        "a reason for every technician",
        (
            f"{VERDICTS}::test_a_whole_plan_says_so_too_and_has_a_reason_for_everybody",
            f"{SOLVERS}::test_every_visit_has_reasons",
        ),
    ),
    Held(
        "G9",
        "every plan, by every solver (and here by `--checker`)",
        "breaks no rule",
        (
            f"{SOLVERS}::test_no_solver_breaks_a_hard_rule",
            f"{CREW_PLANS}::test_crews_keep_every_rule_and_cost_what_evaluate_says",
            f"{STREAMS}::test_what_was_done_keeps_every_rule_of_the_day",
        ),
    ),
    Held(
        "G9",
        "… the same seed without a time limit",
        "the same plan",
        (
            f"{SOLVERS}::test_the_same_seed_gives_the_same_plan",
            f"{KERNELS}::test_threads_meet_at_fixed_points_so_the_same_seed_gives_the_same_plan",
        ),
    ),
)
