import pytest
from servebench.analyse.text import MISSING
from servebench.files import sha256_file, write_json
from servebench.report.answer import answers, identity
from servebench.report.answer.capacities import why_not
from servebench.report.answer.trust import PAIRED, WITHIN
from servebench.report.sections.systems import systems
from support.trials import make_trial, study_data

REPEATS = f"{WITHIN} {PAIRED}"


def answer_of(tmp_path, results, **changes):
    (found,) = answers(study_data(tmp_path / "study", results, **changes))
    return found


def three(tmp_path, system, throughput, step=0.0, **changes):
    return [make_trial(tmp_path, system, r, throughput + step * r, **changes) for r in (1, 2, 3)]


def tiles_of(answer, system):
    (found,) = [tiles for name, tiles in ((part.system, part.tiles) for part in answer.systems) if name == system]
    return {tile.title: tile for tile in found}


def test_the_sentence_says_who_how_many_times_how_sure_at_what_load_and_what_limits(tmp_path):
    results = [*three(tmp_path, "slow", 100.0, 1.0), *three(tmp_path, "fast", 1000.0, 10.0)]
    answer = answer_of(tmp_path, results)
    assert answer.model == "m"
    assert answer.sentence.startswith("`fast` serves the most, 1,020 requests/s [")
    assert (
        "10 times [10, 10] what the next, `slow`, serves (different). `fast` was limited by the server's one CPU. "
        in answer.sentence
    )
    assert answer.sentence.endswith(" Load: 64 users, by locust; 3 repeats, 95 % intervals.")
    assert [tiles.system for tiles in answer.systems] == ["fast", "slow"]


def test_a_bound_above_all_capacities_leads_as_a_bound(tmp_path):
    results = [*three(tmp_path, "fast", 1000.0, 10.0), *three(tmp_path, "slow", 100.0, 1.0)]
    results += three(tmp_path, "bound", 5000.0, 1.0, cpu=0.2, generator_cpu=0.99)
    answer = answer_of(tmp_path, results)
    assert answer.sentence.startswith("`bound` serves the most, ≥ 5,000 requests/s [")
    assert "≥ 4.9" in answer.sentence
    assert "the next, `fast`, serves (a lower bound: the generator limited the first)" in answer.sentence
    assert "`bound` was limited by the load generator, not by the server." in answer.sentence
    assert tiles_of(answer, "bound")["capacity"].figure.startswith("≥ 5,000 requests/s [")


def test_a_bound_below_a_capacity_is_perhaps_above_it(tmp_path):
    results = three(tmp_path, "fast", 1000.0, 10.0)
    results += three(tmp_path, "bound", 500.0, 1.0, cpu=0.2, generator_cpu=0.99)
    sentence = answer_of(tmp_path, results).sentence
    assert sentence.startswith(
        "It is undecided which of `fast` and `bound` serves the most by more than 5 %: `fast` serves 1,020 "
    )
    assert "what `bound` serves (an upper bound: the generator limited the second)" in sentence


def test_of_many_that_may_be_as_good_only_the_largest_ratio_is_told(tmp_path):
    results = [
        make_trial(tmp_path, system, repeat, 100.0 + place + 20 * ((repeat + place) % 3))
        for place, system in enumerate("abcd")
        for repeat in (1, 2, 3)
    ]
    sentence = answer_of(tmp_path, results).sentence
    assert sentence.startswith(
        "It is undecided which of `d`, `a`, `c` and `b` serves the most by more than 5 %: `d` serves 12"
    )
    assert " what the furthest of them, `a`, serves (" in sentence
    assert sentence.count(" times ") == 1


def test_what_cannot_be_told_apart_is_said(tmp_path):
    results = [make_trial(tmp_path, "a", r, 100.0 + 10 * r) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "b", r, 141.0 - 10 * r) for r in (1, 2, 3)]
    sentence = answer_of(tmp_path, results).sentence
    assert sentence.startswith("It is undecided which of `b` and `a` serves the most")
    assert "(undecided: they may be the same, or differ by more than 5 %" in sentence


def test_systems_that_serve_the_same_lead_together(tmp_path):
    results = [*three(tmp_path, "a", 1000.0, 10.0), *three(tmp_path, "b", 1001.0, 10.0)]
    results += three(tmp_path, "slow", 100.0, 1.0)
    sentence = answer_of(tmp_path, results).sentence
    assert sentence.startswith("`b` and `a` serve the most, and the same: `b` serves 1,020 requests/s [")
    assert "what `a` serves (the same), and 10 times" in sentence


def test_without_enough_blocks_nobody_is_ranked(tmp_path):
    results = [make_trial(tmp_path, "slow", 1, 100.0), make_trial(tmp_path, "fast", 1, 1000.0)]
    sentence = answer_of(tmp_path, results).sentence
    assert sentence.startswith("`fast` served the most that was seen, 1,000 requests/s. `fast` was limited by")
    assert sentence.endswith(" Not ranked: `slow` (fewer than 3 blocks).")


def test_a_system_that_alone_was_measured_is_said_to_compare_with_nothing(tmp_path):
    results = [*three(tmp_path, "a", 1000.0, 10.0), make_trial(tmp_path, "b", 1)]
    sentence = answer_of(tmp_path, results).sentence
    assert sentence.startswith("Only `a` was measured, and compares with nothing: it serves 1,020 requests/s [")
    assert sentence.endswith(" Not ranked: `b` (not measured: no compiler).")
    assert answer_of(tmp_path / "alone", results[:3]).sentence.startswith("`a` serves 1,020 requests/s [")


def test_a_system_without_a_place_is_named_with_the_reason(tmp_path):
    waited = {"generator": {"run_queue_share": 0.5}}
    results = [*three(tmp_path, "fast", 1000.0, 10.0), *three(tmp_path, "shaken", 900.0, 1.0, parts=waited)]
    results += [make_trial(tmp_path, "crow", r) for r in (1, 2, 3)]
    results += three(tmp_path, "rated", 50.0, load_point="rate-50", cpu=0.1)
    answer = answer_of(tmp_path, results)
    assert answer.sentence.startswith("Of those that can be ranked, `fast` serves 1,020 requests/s [")
    assert "`shaken` (≥ 902 requests/s [900, 904], disturbed: " in answer.sentence
    assert "`crow` (not measured: no compiler)" in answer.sentence
    assert "`rated` (not asked with 64 users by locust)" in answer.sentence
    assert tiles_of(answer, "shaken")["capacity"].figure.startswith("≥ 902 requests/s")
    (tile,) = tiles_of(answer, "crow").values()
    assert (tile.title, tile.figure, tile.note) == ("capacity", MISSING, "not measured: no compiler")


def test_a_load_at_which_a_bound_compares_is_taken_before_one_at_which_nothing_does(tmp_path):
    shared = {"placement": {"server": [0, 1], "generator": [0, 1], "is_pinned": False, "is_shared": True}}
    bound = {"cpu": 0.2, "generator_cpu": 0.99}
    results = [*three(tmp_path, "slow", 1000.0, 1.0), *three(tmp_path, "slow", 990.0, 1.0, generator="native")]
    results += [*three(tmp_path, "fast", 2000.0, 1.0, **bound)]
    results += three(tmp_path, "fast", 70000.0, 1.0, generator="native", cpu=0.5, **shared)
    sentence = answer_of(tmp_path, results).sentence
    assert sentence.startswith("`fast` serves the most, ≥ 2,000 requests/s [")
    assert "Load: 64 users, by locust" in sentence


def test_where_nothing_compares_the_load_that_most_were_asked_is_told_and_nobody_is_first(tmp_path):
    waited = {"generator": {"run_queue_share": 0.5}}
    results = [
        *(trial for name, rps in (("a", 50000.0), ("b", 900.0)) for trial in three(tmp_path, name, rps, parts=waited)),
        # Alone at another load, with a bound of the generator's: no comparison either.
        *three(tmp_path, "b", 500.0, load_point="users-200", cpu=0.2, generator_cpu=0.99),
    ]
    sentence = answer_of(tmp_path, results).sentence
    assert sentence.startswith("Nothing tells which system serves the most: `a` (≥ 50,000 requests/s [")
    assert "`b` (≥ 90" in sentence
    assert sentence.endswith(", both disturbed: none of 3 repeats were undisturbed and steady.")
    assert sentence.count("disturbed: ") == 1, "one reason is said once"
    assert "waited" not in sentence, "the table has the rest of the reason"


def disturbed_three(tmp_path, **changes):
    """Three systems of which no throughput tells, by their CPU a prediction in µs: two alike, one far off."""
    of_system = {"slow": (90.0, 2000.0), "a": (9000.0, 10.0), "b": (9100.0, 10.1)}
    results = [
        make_trial(tmp_path / "trials", name, r, rps + r, cpu_us=cpu_us + r / 5, **changes)
        for name, (rps, cpu_us) in of_system.items()
        for r in (1, 2, 3)
    ]
    return study_data(tmp_path / "study", results)


WAITED = {"parts": {"generator": {"run_queue_share": 0.5}}}


def test_where_nothing_ranks_the_cpu_a_prediction_is_told_with_what_its_contrasts_claim(tmp_path):
    (answer,) = answers(disturbed_three(tmp_path, **WAITED))
    assert answer.known.startswith("What is known is the CPU a prediction, ")
    assert "`a` 10.4 µs [9.91, 10.9], `b` 10.5 µs [10, 11] and `slow` 2,000 µs [2,000, 2,000]" in answer.known
    assert "(64 users, locust). Their intervals lie apart, but for `a` and `b`; " in answer.known
    assert answer.known.endswith("block by block neighbours are undecided: no undisturbed block has both.")
    assert answer.lines == (answer.sentence, answer.known, answer.next_step)


def test_blocks_that_count_tell_which_differ_in_cpu(tmp_path):
    (answer,) = answers(disturbed_three(tmp_path, cpu=0.2))
    assert "; block by block `a` and `b` are the same; `b` and `slow` are different." in answer.known


def test_without_intervals_of_two_systems_nothing_of_their_cpu_is_known(tmp_path):
    assert answer_of(tmp_path, three(tmp_path, "a", 100.0, cpu=0.2)).known == ""


def test_where_nothing_ranks_the_next_step_is_what_the_tool_offers(tmp_path):
    data = disturbed_three(tmp_path, **WAITED)
    assert answers(data)[0].next_step.startswith("Next: end what else runs on this machine and measure again ")
    assert "--config study=default-again quiet=required`" in answers(data)[0].next_step
    heard = {"status": "measured", "disturbance": "CPU 1 was taken for 12 % of a second", "cpus": []}
    write_json(data.paths.machine_calibration, heard)
    assert answers(data)[0].next_step.startswith("Next: end what took its CPUs (named above) and measure again ")


@pytest.mark.parametrize(
    ("throughput", "step"), [(100.0, "ask more `users`"), (None, "then `make retry STUDY=default`")]
)
def test_the_next_step_follows_from_what_kept_the_systems_from_a_rank(tmp_path, throughput, step):
    results = [make_trial(tmp_path, "a", r, throughput, cpu=0.2, load_point="users-1") for r in (1, 2, 3)]
    assert step in answer_of(tmp_path, results).next_step


def test_an_answer_needs_no_next_step(tmp_path):
    answer = answer_of(tmp_path, [*three(tmp_path, "a", 1000.0, 1.0), *three(tmp_path, "b", 100.0, 1.0)])
    assert answer.lines == (answer.sentence,)


@pytest.mark.parametrize(("arrivals", "mark"), [("poisson", ""), ("constant", "≤ ")])
def test_a_capacity_at_the_objective_says_so_and_is_a_bound_by_even_arrivals(tmp_path, arrivals, mark):
    point = {"load_point": "objective", "searched_rps": 300, "arrivals": arrivals}
    answer = answer_of(tmp_path, three(tmp_path, "a", 300.0, **point), objective="p99 <= 50 ms")
    assert tiles_of(answer, "a")["capacity at objective"].figure == f"{mark}300 requests/s [300, 300]"
    assert "limited by the latency objective. Load: at the objective, by locust" in answer.sentence


def test_of_several_loops_the_largest_throughput_is_the_capacity(tmp_path):
    results = three(tmp_path, "a", 900.0, 1.0, load_point="users-2")
    results += three(tmp_path, "a", 1000.0, 1.0, load_point="users-64")
    answer = answer_of(tmp_path, results)
    assert answer.sentence.startswith("`a` serves 1,000 requests/s [")
    assert tiles_of(answer, "a")["capacity"].load == "64 users, locust"


def test_a_capacity_that_is_not_cpu_is_one(tmp_path):
    parts = {"generator": {"run_queue_share": 0.001}}
    results = [
        make_trial(tmp_path, "a", r, 1000.0 + r, cpu=0.5, load_point=f"users-{users}", parts=parts)
        for users in (64, 128)
        for r in (1, 2, 3)
    ]
    sentence = answer_of(tmp_path, results).sentence
    assert sentence.startswith("`a` serves 1,000 requests/s [")
    assert "limited by the server, but not by its CPUs. Load: 64 users" in sentence


def test_the_tail_stands_at_the_rate_that_most_hold_and_who_was_late_is_named(tmp_path):
    rate = {"load_point": "rate-5000", "cpu": 0.3}
    late = {"load": {"send_delay_p99_ms": 50.0}}
    results = [*three(tmp_path, "a", 9000.0, 10.0), *three(tmp_path, "a", 5000.0, **rate)]
    results += [*three(tmp_path, "late", 9500.0, 10.0), *three(tmp_path, "late", 5000.0, parts=late, **rate)]
    results += three(tmp_path, "unasked", 8000.0, 10.0)
    answer = answer_of(tmp_path, results)
    assert tiles_of(answer, "a")["p99"].figure == "1 ms [1, 1]"
    tile = tiles_of(answer, "late")["p99"]
    assert tile.figure == "≤ 1 ms [1, 1]"
    assert tile.note.startswith("generator late: it sent 50 ms late")
    assert tiles_of(answer, "unasked")["p99"].note == "not asked this load"
    loads = {title: tile.load for title, tile in tiles_of(answer, "late").items()}
    closed, rated = "64 users, locust", "5,000 requests/s, locust"
    assert loads == {"capacity": closed, "p99": rated, "CPU for 1,000,000 predictions": closed}
    assert all(len(part.tiles) <= 3 for part in answer.systems)


def test_the_tail_of_a_disturbed_system_is_an_upper_bound(tmp_path):
    rate = {"load_point": "rate-5000", "cpu": 0.3}
    held_up = {"server": {"run_queue_share": 0.5}}
    results = [*three(tmp_path, "a", 5000.0, **rate), *three(tmp_path, "b", 5000.0, parts=held_up, **rate)]
    tile = tiles_of(answer_of(tmp_path, results), "b")["p99"]
    assert tile.figure == "≤ 1 ms [1, 1]"
    assert "disturbed" in tile.note


def test_where_no_system_holds_the_rate_the_bounds_of_what_is_told_stand_there(tmp_path):
    results = three(tmp_path, "a", 300.0, load_point="rate-300", cpu=0.3, parts={"server": {"run_queue_share": 0.5}})
    tiles = tiles_of(answer_of(tmp_path, results), "a")
    # Of 300 requests/s in 3 s a p99 is never told.
    assert "p99" not in tiles
    assert tiles["p95"].figure == "≤ 1 ms [1, 1]"
    assert tiles["p95"].note.startswith("disturbed: ")
    assert tiles["p95"].note.endswith("; too few requests: p99 takes longer windows, `duration_s: 12`")


def test_a_percentile_that_too_few_requests_tell_says_so_before_what_else_was_wrong(tmp_path):
    held_up = {"server": {"run_queue_share": 0.5}}
    results = three(tmp_path, "a", 20.0, load_point="rate-20", cpu=0.3, parts=held_up)
    tile = tiles_of(answer_of(tmp_path / "held up", results, duration_s=3), "a")["p99"]
    assert (tile.figure, tile.note.partition("; ")[0]) == (
        MISSING,
        "too few requests: p99 takes longer windows, `duration_s: 167`",
    )
    assert tile.note.partition("; ")[2].startswith("disturbed: ")
    results = three(tmp_path / "held", "a", 20.0, load_point="rate-20", cpu=0.3)
    data = study_data(tmp_path / "study", results, duration_s=3)
    (answer,) = answers(data)
    assert tiles_of(answer, "a")["p99"].note == "too few requests: p99 takes longer windows, `duration_s: 167`"
    assert "| – (too few requests: p99 takes longer windows, `duration_s: 167`) |" in systems(data)


def test_what_lies_beyond_a_percentile_in_one_stall_does_not_tell_it(tmp_path):
    rate = {"load_point": "rate-5000", "cpu": 0.3, "series": [(5000, 0, 0.5), (5000, 0, 1.0)]}
    (result,) = [make_trial(tmp_path, "a", 1, 5000.0, **rate)]
    tile = tiles_of(answer_of(tmp_path, [result], duration_s=60), "a")["p99"]
    said = "what is slower came in fewer than 5 different seconds: few slow moments would decide it"
    assert (tile.figure, tile.note) == (MISSING, said)


def loops(tmp_path, system, served_rps):
    """A closed loop of each number of users, who get so many answers a second."""
    return [
        trial
        for users, rps in served_rps.items()
        for trial in three(tmp_path, system, rps, rps / 100, load_point=f"users-{users}")
    ]


def test_without_a_rate_the_tail_stands_at_the_users_who_show_the_capacity_and_alone(tmp_path):
    results = [*loops(tmp_path, "a", {1: 2000.0, 64: 8000.0}), *loops(tmp_path, "b", {1: 1500.0, 64: 7000.0})]
    tile = tiles_of(answer_of(tmp_path, results, duration_s=3), "a")["p99"]
    assert (tile.load, tile.figure.partition(" [")[0]) == ("64 users, locust", "7.84 ms")
    assert tile.note.startswith("p99 0.49 ms [")
    assert tile.note.endswith("] with 1 user")


def test_the_tail_of_users_is_the_percentile_that_most_systems_tell_and_another_is_named(tmp_path):
    results = [*loops(tmp_path, "fast", {64: 8000.0}), *loops(tmp_path, "slow", {64: 500.0})]
    answer = answer_of(tmp_path, results, duration_s=3)
    assert tiles_of(answer, "slow")["p95"].figure.startswith("125 ms [")
    assert tiles_of(answer, "slow")["p95"].note == "too few requests: p99 takes longer windows, `duration_s: 7`"
    assert tiles_of(answer, "fast")["p95"].note.startswith("p99 7.84 ms [")


def test_where_the_rate_is_above_every_capacity_the_tail_is_that_of_the_users(tmp_path):
    above = {"load_point": "rate-5000", "parts": {"load": {"waited_for_connection": 800}}}
    results = [*loops(tmp_path, "a", {64: 4000.0}), *three(tmp_path, "a", 4000.0, **above)]
    data = study_data(tmp_path / "study", results, duration_s=3)
    assert set(data.cells[data.cells["loop"] == "open"]["verdict"]) == {"overload"}
    (answer,) = answers(data)
    assert tiles_of(answer, "a")["p99"].load == "64 users, locust"
    asking_less = "ask less by `rates` in the config (`rates: [2000]` is half of the least capacity)."
    assert answer.remark.endswith(f"No system holds 5,000 requests/s, locust: {asking_less}")
    held = three(tmp_path, "b", 5000.0, load_point="rate-5000", cpu=0.3)
    answer = answer_of(tmp_path / "held", [*results, *held], duration_s=3)
    assert tiles_of(answer, "a")["p99"].note.startswith("overload: 89% of the requests found every connection busy")
    assert tiles_of(answer, "b")["p99"].load == "5,000 requests/s, locust"


def test_beside_the_tail_at_a_rate_stands_that_at_the_capacity(tmp_path):
    results = [*loops(tmp_path, "a", {64: 8000.0}), *three(tmp_path, "a", 5000.0, load_point="rate-5000", cpu=0.3)]
    tile = tiles_of(answer_of(tmp_path, results, duration_s=3), "a")["p99"]
    assert tile.load == "5,000 requests/s, locust"
    assert tile.note.startswith("61.3 % of its capacity; p99 7.84 ms [")
    assert tile.note.endswith("] with 64 users")


def test_of_loads_that_tell_as_much_it_is_the_one_where_all_together_serve_the_most(tmp_path):
    results = [*loops(tmp_path, "a", {4: 8000.0, 16: 8200.0}), *loops(tmp_path, "b", {4: 800.0, 16: 600.0})]
    answer = answer_of(tmp_path, results)
    assert "`a` serves the most, 8,160 requests/s [" in answer.sentence
    assert "Load: 4 users (of 2 loads the one at which most systems show their capacity, and all" in answer.sentence
    assert tiles_of(answer, "a")["capacity"].note == ""


def test_that_systems_ask_the_model_by_other_inferences_is_said(tmp_path):
    results = [*three(tmp_path, "a", 1000.0, 10.0), *three(tmp_path, "b", 100.0, 1.0, inference="sklearn")]
    assert "ask the model too (compiled and sklearn)" in answer_of(tmp_path, results).remark
    assert "ask the model" not in answer_of(tmp_path / "alike", results[:3]).remark


def test_of_loads_that_tell_as_much_the_first_generators_is_the_answers(tmp_path):
    results = [make_trial(tmp_path, "a", r, 100.0 + r, generator="native") for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "a", r, 110.0 + r, generator="locust") for r in (1, 2, 3)]
    tile = tiles_of(answer_of(tmp_path, results), "a")["capacity"]
    assert tile.load == "64 users, native"


def test_a_reason_that_not_all_repeats_share_is_told_without_its_share():
    row = {"repeats": 3, "verdict": "disturbed", "verdict_reason": "disturbed in 2 of 3 repeats: it waited: long"}
    assert why_not(row) == "disturbed: it waited"


def test_of_users_who_were_not_served_no_tail_is_told(tmp_path):
    results = three(tmp_path, "a", 8000.0, 10.0, latency_ms=1.0)
    tile = tiles_of(answer_of(tmp_path, results, duration_s=3), "a")["p99"]
    assert (tile.figure, tile.note) == (MISSING, "not all users were served")


def test_what_a_system_serves_beyond_the_load_that_most_show_is_told_beside_its_capacity(tmp_path):
    results = [*loops(tmp_path, "a", {16: 8000.0}), *loops(tmp_path, "b", {16: 7000.0})]
    results += three(tmp_path, "a", 9000.0, 10.0, load_point="users-64", cpu=0.2, generator_cpu=0.99)
    answer = answer_of(tmp_path, results)
    assert tiles_of(answer, "a")["capacity"].load == "16 users, locust"
    note = tiles_of(answer, "a")["capacity"].note
    assert note.startswith("≥ 9,020 requests/s [")
    assert note.endswith("] with 64 users (generator-bound)")
    assert "with 64 users" not in tiles_of(answer, "b")["capacity"].note


@pytest.mark.parametrize(
    ("resolution_ms", "note"), [(0.3, ""), (0.5, "instrument ±0.5 ms"), (8, "instrument ±8 ms: at most 16 ms")]
)
def test_a_latency_that_is_less_right_than_its_figure_says_how_right_it_is(tmp_path, resolution_ms, note):
    data = study_data(tmp_path / "study", loops(tmp_path, "a", {64: 8000.0}), duration_s=3)
    for generator in data.config.every_generator:
        outcome = {"status": "measured", "resolution": {"p99_ms": resolution_ms}}
        write_json(data.paths.calibration(generator), outcome)
    (answer,) = answers(data)
    assert tiles_of(answer, "a")["p99"].right_to == note


def test_another_percentile_says_how_right_it_is_too(tmp_path):
    results = [*loops(tmp_path, "fast", {64: 8000.0}), *loops(tmp_path, "slow", {64: 500.0})]
    data = study_data(tmp_path / "study", results, duration_s=3)
    for generator in data.config.every_generator:
        write_json(data.paths.calibration(generator), {"status": "measured", "resolution": {"p99_ms": 9}})
    (answer,) = answers(data)
    assert tiles_of(answer, "fast")["p95"].note.endswith("] (instrument ±9 ms: at most 17 ms)")


def test_without_a_capacity_the_rate_answers(tmp_path):
    rate = {"load_point": "rate-1000", "cpu": 0.3}
    results = [*three(tmp_path, "a", 1000.0, **rate), *three(tmp_path, "b", 1000.0, latency_ms=5.0, **rate)]
    sentence = answer_of(tmp_path, results).sentence
    assert sentence.startswith("No capacity is known; `a` has the least p95, 1 ms [1, 1], the next, `b`, has ")
    assert "as much (different). Load: 1,000 requests/s, by locust; 3 repeats, 95 % intervals." in sentence


def test_without_a_verdict_it_is_said_why_nothing_answers(tmp_path):
    answer = answer_of(tmp_path, three(tmp_path, "a", 100.0, cpu=0.2))
    assert answer.sentence.startswith("Nothing tells which system serves the most: `a` (≥ 100 requests/s [")
    assert tiles_of(answer, "a")["capacity"].figure == "≥ 100 requests/s [100, 100]"


def test_a_price_turns_cpu_into_cost(tmp_path):
    results = three(tmp_path / "trials", "a", 1000.0, 1.0)
    tile = tiles_of(answer_of(tmp_path, results), "a")["CPU for 1,000,000 predictions"]
    assert (tile.figure, tile.load) == ("50 s [50, 50]", "64 users, locust")
    assert tile.note == ""
    tile = tiles_of(answer_of(tmp_path, results, price_per_cpu_hour=0.036), "a")["cost of 1,000,000 predictions"]
    assert tile.figure == "0.0005 [0.0005, 0.0005]"
    assert (tile.note, tile.load) == ("50 µs [50, 50] of CPU each, at 0.036 an hour", "64 users, locust")


def test_the_cpu_at_the_load_of_the_tail_is_told_beside_that_at_the_capacity(tmp_path):
    results = [*three(tmp_path, "a", 9000.0, 10.0), *three(tmp_path, "a", 300.0, load_point="rate-300", cpu_us=140.0)]
    tile = tiles_of(answer_of(tmp_path, results), "a")["CPU for 1,000,000 predictions"]
    assert (tile.figure, tile.note) == ("50 s [50, 50]", "140 s [140, 140] with 300 requests/s")
    tile = tiles_of(answer_of(tmp_path / "priced", results, price_per_cpu_hour=3.6), "a")[
        "cost of 1,000,000 predictions"
    ]
    assert tile.note.endswith("; 0.14 [0.14, 0.14] with 300 requests/s")


def test_the_rate_of_a_tail_is_told_as_a_share_of_the_capacity(tmp_path):
    results = [*three(tmp_path, "a", 1200.0), *three(tmp_path, "a", 300.0, load_point="rate-300", cpu=0.3)]
    results += three(tmp_path, "b", 1200.0, cpu=0.2, generator_cpu=0.99)
    results += three(tmp_path, "b", 300.0, load_point="rate-300", cpu=0.3)
    answer = answer_of(tmp_path, results)
    notes = [next(t.note for t in tiles_of(answer, name).values() if t.load.startswith("300 ")) for name in "ab"]
    assert [note.partition(";")[0] for note in notes] == ["25 % of its capacity", "at most 25 % of its capacity"]


def test_repeats_that_do_not_count_are_told(tmp_path):
    results = three(tmp_path, "a", 1000.0, 1.0)
    results += [make_trial(tmp_path, "a", 4, 400.0, parts={"generator": {"run_queue_share": 0.5}})]
    assert "; 3 of 4 repeats, 95 % intervals." in answer_of(tmp_path, results).sentence


def test_it_is_said_what_an_answer_rests_on(tmp_path):
    results = three(tmp_path / "trials", "a", 1000.0, 1.0)
    results += three(tmp_path / "trials", "b", 900.0, 1.0, parts={"generator": {"run_queue_share": 0.5}})
    data = study_data(tmp_path / "study", results, duration_s=3)
    (answer,) = answers(data)
    assert answer.trust == "Behind it: 6 trials with windows of 3 s, 3 of them undisturbed. " + REPEATS
    results += [make_trial(tmp_path / "trials", "absent", repeat) for repeat in (1, 2, 3)]
    noisy = study_data(tmp_path / "noisy", results, duration_s=3)
    noisy.cells["flags"] = ["a warning" if system == "a" else None for system in noisy.cells["system"]]
    assert "; 1 of 2 cells with warnings, below. " in answers(noisy)[0].trust, "a cell without a trial warns of nothing"
    outcome = {"status": "measured", "stall": {"checks": []}}
    write_json(data.paths.calibration("native"), outcome)
    assert answers(data)[0].trust.endswith(f"; every check of the instrument passed. {REPEATS}")
    check = {"passed": False, "is_decided": True, "text": "stood still for 50 ms, p99 says 5", "tolerance": "2 %"}
    write_json(data.paths.calibration("native"), {**outcome, "stall": {"checks": [check]}})
    assert answers(data)[0].trust.endswith(f"; 1 check of the instrument did not pass. {REPEATS}")


def test_a_tile_says_what_its_system_is(tmp_path):
    url = {"url": "http://127.0.0.1:9000"}
    results = [
        *three(tmp_path, "a", 100.0, server="beast"),
        *three(tmp_path, "b", 90.0, parts={"settings": {"system": url}}),
    ]
    results += three(tmp_path, "c", 80.0)
    data = study_data(tmp_path / "study", results)
    write_json(data.paths.build("m", "c") / "manifest.json", {"title": "Boost.Beast alone", "deviations": ["x", "y"]})
    (answer,) = answers(data)
    assert {part.system: part.made_of for part in answer.systems} == {
        "a": "beast, compiled inference",
        "b": "runs already at http://127.0.0.1:9000",
        "c": "Boost.Beast alone, compiled inference; 2 declared deviations",
    }


def test_identity_says_where_when_and_by_what_a_study_was_measured(tmp_path):
    study = tmp_path / "study"
    versions = {"servebench": "0.2.0", "servebench commit": "abc123"}
    data = study_data(study, [make_trial(study / "trials", "a", 1, 1000.0, versions=versions)])
    write_json(data.paths.calibration("native"), {"resolution": {"p50_ms": 0.008, "p99_ms": 0.03}})
    found = identity(data)
    assert found.machine == "a CPU, 2 CPUs, 1 GiB, kernel 6.1"
    assert found.measured_on == "2026-01-01"
    assert (found.version, found.commit) == ("0.2.0", "abc123")
    assert sha256_file(data.paths.tables / "trials.csv").startswith(found.study_hash)
    assert found.resolution == "0.008 ms (p50) and 0.03 ms (p99) by native"


def test_what_is_not_known_of_a_study_is_empty(tmp_path):
    found = identity(study_data(tmp_path / "study", [make_trial(tmp_path, "a", 1)]))
    assert (found.machine, found.measured_on, found.commit, found.resolution) == ("", "", "", "")
    assert found.line.startswith("model digits-boosting; servebench ")
