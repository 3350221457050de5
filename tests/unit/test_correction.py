"""What reported times say about the estimate, robustly."""

from app.services.world.correction import CLIP_PERMILLE, LEAST, correction


def test_too_few_observations_say_nothing():
    assert correction([(600, 660)] * (LEAST - 1)) is None
    assert correction([(600, 660)] * LEAST) is not None


def test_the_median_counts_and_the_quartiles_tell_the_spread():
    found = correction([(1000, 800 + 50 * i) for i in range(11)])

    assert found is not None
    assert (found.permille, found.observations) == (1050, 11)
    assert (found.low_permille, found.high_permille) == (925, 1175)


def test_a_few_wrong_taps_move_nothing():
    sane = [(600.0, 660.0)] * 12

    found = correction([*sane, (600, 60_000), (600, 61), (600, 0)])

    assert found is not None
    assert (found.permille, found.observations, found.outliers) == (1100, 12, 2)


def test_a_correction_stays_within_what_an_estimate_can_be_wrong_by():
    slow = correction([(600, 1500)] * 12)
    fast = correction([(600, 240)] * 12)

    assert slow is not None
    assert fast is not None
    assert (fast.permille, slow.permille) == CLIP_PERMILLE


def test_what_was_planned_without_a_length_is_no_observation():
    assert correction([(0, 600)] * 20) is None
