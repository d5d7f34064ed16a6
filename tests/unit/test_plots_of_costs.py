"""The plots of what a prediction costs: CPU, memory, CPUs; and of what happens inside a trial."""

import pytest
from servebench.report.plots import PLOTS, plots_of
from servebench.report.plots.write import chart_of
from servebench.report.sections.instances import instances
from support.packages import default_config
from support.trials import make_trial, study_data

PLOT = {plot.name: plot for plot in PLOTS}


def repeats(folder, system, speed=1000.0, load_point="users-64", **changes):
    return [
        make_trial(folder / "trials", system, r, speed * (1 + r / 1000), load_point=load_point, **changes)
        for r in (1, 2, 3)
    ]


def frame_of(name, data):
    """A plot's frame, which can be drawn."""
    frame = PLOT[name].data(data)
    assert chart_of(PLOT[name], data, frame).to_dict()
    return frame


def test_cpu_is_split_into_program_and_kernel(tmp_path):
    split = {"server": {"cpu_user_us_per_request": 30.0, "cpu_system_us_per_request": 20.0}}
    results = [*repeats(tmp_path, "crow", parts=split), *repeats(tmp_path, "beast")]
    frame = frame_of("cpu_per_request", study_data(tmp_path, results))
    crow = frame[frame["system"] == "crow"].set_index("part")
    assert dict(crow["cpu_us"].astype(float).round(6)) == {"together": 50, "program": 30, "kernel": 20}
    assert list(crow["figure"]) == ["together 50 [50, 50]", "program 30 [30, 30]", "kernel 20 [20, 20]"]
    # What was not told apart is not drawn as nothing.
    assert list(frame.loc[frame["system"] == "beast", "part"]) == ["together"]


def test_so_little_cpu_that_the_kernels_ticks_do_not_tell_it_is_not_split(tmp_path):
    split = {"server": {"cpu_user_us_per_request": 30.0, "cpu_system_us_per_request": 20.0}}
    rate = {"load_point": "rate-300", "cpu": 0.02, "parts": split}
    results = [*repeats(tmp_path, "crow", **rate), *repeats(tmp_path, "fastapi", **{**rate, "cpu": 0.5})]
    frame = frame_of("cpu_per_request", study_data(tmp_path, results, duration_s=2))
    parts = {system: list(rows["part"]) for system, rows in frame.groupby("system")}
    assert parts == {"crow": ["together"], "fastapi": ["together", "program", "kernel"]}


def test_predictions_per_core_second_are_the_inverse_of_the_cpu_a_row(tmp_path):
    results = [*repeats(tmp_path, "crow", load_point="users-64-rows-16"), *repeats(tmp_path, "beast")]
    frame = frame_of("predictions_per_core_second", study_data(tmp_path, results)).set_index("system")
    assert frame.loc["beast", "predictions_per_core_s"] == pytest.approx(20_000)
    assert frame.loc["crow", "predictions_per_core_s"] == pytest.approx(320_000)
    row = frame.loc["beast"]
    assert row["predictions_per_core_s_low"] <= row["predictions_per_core_s"] <= row["predictions_per_core_s_high"]


def test_memory_is_told_at_three_moments(tmp_path):
    parts = {"server": {"rest_uss_mib": 10.0, "uss_first_mib": 20.0, "uss_last_mib": 40.0}}
    frame = frame_of("memory", study_data(tmp_path, repeats(tmp_path, "crow", parts=parts)))
    assert list(zip(frame["moment"], frame["memory_mib"].astype(float).round(6), strict=True)) == [
        ("at rest", 10),
        ("before", 20),
        ("after", 40),
    ]
    assert list(frame["figure"]) == ["at rest 10 MiB", "before 20 MiB", "after 40 MiB"]


def test_framework_and_inference_are_told_apart(tmp_path):
    results = [
        *repeats(tmp_path, "fastapi", server="fastapi", inference="sklearn", cpu_us=900.0),
        *repeats(tmp_path, "fastapi-compiled", server="fastapi", cpu_us=100.0),
        *repeats(tmp_path, "crow", server="crow", cpu_us=10.0),
        *repeats(tmp_path, "beast", server="beast", cpu_us=20.0),
    ]
    frame = frame_of("framework_and_inference", study_data(tmp_path, results))
    assert list(zip(frame["step"], frame["figure"], strict=True)) == [
        ("fastapi", "900"),
        ("by the inference", "− 800"),
        ("fastapi-compiled", "100"),
        ("by the framework", "− 90"),
        ("crow", "10"),
    ]


def test_the_waterfall_is_of_studies_with_the_systems_for_it():
    def has_it(systems):
        return "framework_and_inference" in [plot.name for plot in plots_of(default_config(systems=systems, also=[]))]

    assert has_it(["fastapi", "fastapi-compiled", "crow"])
    assert not has_it(["fastapi", "crow", "beast"])
    assert not has_it(["fastapi", "fastapi-compiled"])


def test_seconds_stand_beside_the_mean_of_the_median_trial(tmp_path):
    even, falling = [(100, 0, 1.0)] * 6, [(103, 0, 1.0)] * 3 + [(97, 0, 1.0)] * 3
    results = [
        make_trial(tmp_path / "trials", "crow", r, speed, series=series)
        for r, (speed, series) in enumerate([(90.0, even), (100.0, falling), (110.0, even)], start=1)
    ]
    frame = frame_of("within_trial", study_data(tmp_path, results, duration_s=6))
    assert set(frame["repeat"]) == {2}
    assert list(frame["deviation_percent"]) == pytest.approx([3] * 3 + [-3] * 3)
    assert list(frame["second"]) == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]


def test_a_long_window_is_drawn_as_means_of_neighbouring_seconds(tmp_path):
    results = [make_trial(tmp_path / "trials", "crow", 1, 100.0, series=[(100, 0, 1.0)] * 300)]
    frame = frame_of("within_trial", study_data(tmp_path, results, duration_s=300))
    assert len(frame) == 60
    assert not frame["deviation_percent"].any()


def test_a_window_of_seconds_has_no_inside():
    assert "within_trial" not in [plot.name for plot in plots_of(default_config(duration_s=2))]
    assert "within_trial" in [plot.name for plot in plots_of(default_config(duration_s=30))]


def test_more_cpus_stand_beside_what_they_ideally_bring(tmp_path):
    catalogue = {
        f"beast-{cpus}": {"server": "beast", "inference": "compiled", "threads": "cores", "cores": cpus}
        for cpus in (1, 2, 4)
    }
    results = [
        trial
        for cpus, speed in ((1, 1000.0), (2, 1900.0), (4, 3000.0))
        for trial in repeats(
            tmp_path,
            f"beast-{cpus}",
            speed,
            server="beast",
            cpu=0.99 * cpus,
            parts={"server": {"cpus": cpus, "parallelism": cpus, "cpus_idle_share": 0.0}},
        )
    ]
    data = study_data(tmp_path, results, systems=list(catalogue), system_catalogue=catalogue, also=[])
    assert "throughput_by_cpus" in [plot.name for plot in plots_of(data.config)]
    frame = frame_of("throughput_by_cpus", data)
    assert list(frame["usable_cpus"]) == [1, 2, 4]
    assert list(frame["ideal_rps"] / frame["ideal_rps"].iloc[0]) == pytest.approx([1, 2, 4])
    assert set(frame["server_and_inference"]) == {"beast (compiled)"}
    assert "throughput_by_cpus" not in [plot.name for plot in plots_of(default_config())]


def test_the_objective_is_a_line_over_the_offered_load(tmp_path):
    results = [
        trial
        for rate, latency_ms in ((1000, 1.0), (3000, 2.0), (9000, 30.0))
        for trial in repeats(tmp_path, "crow", float(rate), f"rate-{rate}", latency_ms=latency_ms, cpu=0.2)
    ]
    data = study_data(tmp_path, results, rates=[1000, 3000, 9000], objective="p90 <= 50 ms")
    frame = frame_of("open_loop_latency", data)
    assert sorted(set(frame["offered_rps"])) == [1000, 3000, 9000]
    assert "p90" in set(frame["percentile"])
    chart = chart_of(PLOT["open_loop_latency"], data, frame)
    assert '"datum": 50.0' in chart.to_json()
    without = study_data(tmp_path / "other", results, rates=[1000, 3000, 9000])
    assert '"datum": 50.0' not in chart_of(PLOT["open_loop_latency"], without, frame).to_json()


def test_the_scalability_law_is_drawn_where_it_was_fitted(tmp_path):
    results = [
        trial
        for users in (1, 2, 4, 8, 16, 32)
        for trial in repeats(tmp_path, "crow", 100.0 * users / (1 + 0.1 * (users - 1)), f"users-{users}")
    ]
    data = study_data(tmp_path, results, users=[1, 2, 4, 8, 16, 32])
    frame = frame_of("throughput", data)
    assert list(frame["law_rps"]) == pytest.approx(list(frame["throughput_rps"]), rel=0.02)
    ideal = frame.set_index("users")["ideal_rps"]
    assert ideal[2] == pytest.approx(200, rel=0.01)
    assert ideal.isna()[32]


def test_two_systems_of_one_size_are_no_line_over_cpus(tmp_path):
    catalogue = {
        f"beast-{name}": {"server": "beast", "inference": "compiled", "threads": 2, "cores": cpus}
        for name, cpus in (("a", 1), ("b", 2), ("c", 2))
    }
    results = [
        trial
        for name, cpus in (("a", 1), ("b", 2), ("c", 2))
        for trial in repeats(
            tmp_path, f"beast-{name}", server="beast", parts={"server": {"cpus": cpus, "parallelism": cpus}}
        )
    ]
    data = study_data(tmp_path, results, systems=list(catalogue), system_catalogue=catalogue, also=[])
    assert PLOT["throughput_by_cpus"].data(data).empty


def test_a_million_predictions_cost_the_cpu_that_they_use(tmp_path):
    results = [*repeats(tmp_path, "crow", cpu_us=36.0), *repeats(tmp_path, "beast", cpu=0.2, generator_cpu=0.99)]
    frame = frame_of("cost_per_million", study_data(tmp_path, results, price_per_cpu_hour=0.5)).set_index("system")
    # 36 s of CPU are a hundredth of an hour.
    assert frame.loc["crow", "cost_per_million"] == pytest.approx(0.005)
    assert frame.loc["crow", "figure"] == "0.005 [0.005, 0.005]"
    assert frame.loc["beast", "note"] == "generator-bound"


def test_costs_are_of_studies_with_a_price(tmp_path):
    def has_it(config):
        return "cost_per_million" in [plot.name for plot in plots_of(config)]

    assert has_it(default_config(price_per_cpu_hour=0.04))
    assert not has_it(default_config())
    assert PLOT["cost_per_million"].data(study_data(tmp_path, repeats(tmp_path, "crow"))).empty


@pytest.mark.parametrize(("arrivals", "mark"), [("poisson", ""), ("constant", "≥ ")])
def test_instances_stand_at_each_rate_as_the_section_tells_them(tmp_path, arrivals, mark):
    speeds = {"crow": 1000.0, "beast": 100.0}
    results = [
        make_trial(
            tmp_path / "trials", name, r, speed * (1 + r / 10), "one", 0.5, load_point="objective", searched_rps=100,
            arrivals=arrivals,
        )
        for name, speed in speeds.items()
        for r in (1, 2, 3)
    ]  # fmt: skip
    data = study_data(tmp_path, results, objective="p99 <= 50 ms", target_rps=[1000, 20_000])
    frame = frame_of("instances", data)
    assert list(frame["panel"].unique()) == ["1,000 requests/s, load by locust", "20,000 requests/s, load by locust"]
    assert list(frame["figure"].str.startswith("≥ ")) == list(frame["is_lower_bound"]) == [bool(mark)] * 4
    assert (frame["instances_low"] <= frame["instances"]).all()
    assert (frame["instances_high"] == frame["instances"]).all()
    (row,) = (line for line in instances(data).splitlines() if line.startswith("| beast |"))
    assert row.endswith("| " + " | ".join(frame.loc[frame["system"] == "beast", "figure"]) + " |")


def test_instances_have_ticks_at_whole_numbers(tmp_path):
    results = [
        make_trial(tmp_path / "trials", "crow", r, 1000.0, load_point="objective", searched_rps=100, arrivals="poisson")
        for r in (1, 2, 3)
    ]
    data = study_data(tmp_path, results, objective="p99 <= 50 ms", target_rps=[100])
    chart = chart_of(PLOT["instances"], data, frame_of("instances", data)).to_json(indent=None)
    assert '"values": [1.0]' in chart


def test_instances_are_of_studies_with_a_target():
    def has_it(**changes):
        return "instances" in [plot.name for plot in plots_of(default_config(objective="p99 <= 50 ms", **changes))]

    assert has_it(target_rps=[1000])
    assert not has_it()
