import re

import pandas as pd
import pytest
from servebench.config import Config, SystemDefinition, load_config
from servebench.files import write_json
from servebench.histogram import histogram_of, write_hlog
from servebench.report.page import write_page
from servebench.report.plots import PLOTS, absent_plots, plots_of
from servebench.report.plots.axes import values_of
from servebench.report.plots.marks import ARROW_DOWN, ARROW_LEFT
from servebench.report.plots.write import chart_of, write_plots
from servebench.report.sections.chart import chart
from servebench.report.summary import write_summary
from support.packages import default_config
from support.trials import make_study, make_trial, study_data

# What a picture of the page is scaled to on a phone, and the least height of its text there.
PHONE_PX, LEAST_TEXT_PX = 360, 8
PLOT = {plot.name: plot for plot in PLOTS}


def drawn(name, data, folder):
    """A plot's frame and its picture as text."""
    frame = PLOT[name].data(data)
    path = folder / f"{name}.svg"
    chart_of(PLOT[name], data, frame).save(str(path))
    return frame, path.read_text()


def texts_of(svg):
    """What is written in a picture."""
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def sentence_of(svg):
    """What is written in a picture, as one line."""
    return " ".join(texts_of(svg))


def repeats(folder, system, values, load_point="users-64", **changes):
    """One trial a value."""
    return [
        make_trial(folder / "trials", system, r, value, load_point=load_point, **changes)
        for r, value in enumerate(values, start=1)
    ]


@pytest.mark.parametrize("loop", ["closed", "open", "none"])
def test_a_study_of_one_loop_or_without_a_measured_trial_still_has_every_plot(tmp_path, loop):
    point = {"closed": "users-64", "open": "rate-300", "none": "users-64"}[loop]
    throughput = None if loop == "none" else 300.0
    trials = [
        make_trial(tmp_path / "study/trials", name, repeat, throughput, load_point=point)
        for name in ("fastapi", "beast")
        for repeat in (1, 2, 3)
    ]
    paths = make_study(tmp_path / "study", trials)
    write_plots(paths)
    for plot in plots_of(load_config(paths.config)):
        for extension in ("html", "svg", "png", "csv", "json"):
            assert (paths.plots / f"{plot.name}.{extension}").stat().st_size > 0
    closed = pd.read_csv(paths.plots / "overview.csv")
    assert len(closed) == (2 if loop == "closed" else 0)
    words = "this study measured nothing for this plot: no percentile may be"
    assert (words in sentence_of((paths.plots / "open_loop_latency.svg").read_text())) == (loop != "open")
    if loop == "none":
        write_summary(paths)
        assert "(not measured: no compiler)" in paths.summary.read_text()
        write_page(paths)
        page = paths.report.read_text()
        assert "No trial has been measured" in page
        assert "This study measured nothing for this chart: no trial of a closed loop was measured." in page


@pytest.mark.parametrize(("point", "name"), [("users-64", "latency_percentiles"), ("rate-5000", "open_loop_latency")])
def test_a_percentile_that_is_a_bound_is_marked(tmp_path, point, name):
    results = repeats(tmp_path, "a", [5000.0] * 3, point, parts={"load": {"bound_from_percentile": 94.5}})
    frame, svg = drawn(name, study_data(tmp_path, results), tmp_path)
    bounds = frame.set_index("percentile")["is_lower_bound"]
    assert not bounds["p50"]
    assert bounds["p95"]
    texts = texts_of(svg)
    assert any(re.match(r"p50 \d", text) for text in texts)
    assert any(re.match(r"p95 ≥ \d", text) for text in texts)


LATE = {"load": {"send_delay_p99_ms": 50.0}}
HELD_UP = {"server": {"run_queue_share": 0.5}}


@pytest.mark.parametrize("parts", [LATE, HELD_UP])
@pytest.mark.parametrize("rates", [[5000], [1000, 5000]])
def test_a_latency_that_holds_a_wait_of_others_is_an_upper_bound_with_its_arrow(tmp_path, parts, rates):
    fair = [t for rate in rates for t in repeats(tmp_path, "a", [float(rate)] * 3, f"rate-{rate}", cpu=0.2)]
    late = [
        t for rate in rates for t in repeats(tmp_path, "b", [float(rate)] * 3, f"rate-{rate}", cpu=0.2, parts=parts)
    ]
    data = study_data(tmp_path, [*fair, *late])
    frame, svg = drawn("open_loop_latency", data, tmp_path)
    assert not frame["is_lower_bound"].any()
    assert dict(zip(frame["system"], frame["is_upper_bound"], strict=True)) == {"a": False, "b": True}
    arrow = ARROW_DOWN if len(rates) > 1 else ARROW_LEFT
    assert arrow in chart_of(PLOT["open_loop_latency"], data, frame).to_json()
    marked = [text for text in texts_of(svg) if text.startswith("p99 ≤ 1 [1, 1]")]
    assert len(marked) == (1 if len(rates) == 1 else 0)


@pytest.mark.parametrize("rates", [[5000], [1000, 5000]])
def test_how_far_the_instrument_may_be_off_is_a_pale_bar_within_the_axis(tmp_path, rates):
    results = [t for rate in rates for t in repeats(tmp_path, "a", [float(rate)] * 3, f"rate-{rate}", cpu=0.2)]
    data = study_data(tmp_path, results)
    calm = chart_of(PLOT["open_loop_latency"], data, PLOT["open_loop_latency"].data(data)).to_json()
    for generator in data.config.every_generator:
        outcome = {"status": "measured", "resolution": {"p50_ms": 0.001, "p99_ms": 50}}
        write_json(data.paths.calibration(generator), outcome)
    frame = PLOT["open_loop_latency"].data(data)
    assert frame.groupby("percentile")["off_ms"].first().dropna().to_dict() == {"p95": 50, "p99": 50}
    chart = chart_of(PLOT["open_loop_latency"], data, frame)
    assert [text.count('"field": "off_ms_low"') for text in (chart.to_json(), calm)] == [1, 0]
    rows = [row for rows in chart.to_dict()["datasets"].values() for row in rows if row.get("off_ms")]
    assert all(0 < row["off_ms_low"] < row["latency_ms"] < row["off_ms_high"] < 50 for row in rows)


def test_the_axis_has_room_for_the_arrow_of_an_upper_bound():
    frame = pd.DataFrame({"v": [1.0, 100.0], "is_lower_bound": [False, False], "is_upper_bound": [True, False]})
    assert min(values_of(frame, "v")) < 1
    assert max(values_of(frame, "v")) == 100


def test_a_caption_explains_the_marks_that_are_there(tmp_path):
    plot = PLOT["open_loop_latency"]

    def caption(folder, parts=None, **changes):
        results = repeats(folder, "a", [5000.0] * 3, "rate-5000", cpu=0.2, parts=parts)
        data = study_data(folder, results, **changes)
        return plot.caption_of(data, plot.data(data))

    limited = study_data(
        tmp_path / "one", repeats(tmp_path / "one", "a", [5000.0] * 3, "rate-5000"), objective="p99 <= 5 ms"
    )
    assert '"datum": 5.0' in chart_of(plot, limited, plot.data(limited)).to_json()
    assert caption(tmp_path / "plain") == plot.caption
    assert caption(tmp_path / "late", LATE).endswith(" An arrow with ≥ or ≤ marks a bound.")
    assert caption(tmp_path / "held", objective="p99 <= 5 ms").endswith(" A dashed line is the study's objective.")


def test_every_plot_says_what_is_seen_and_how_to_read_it():
    for plot in PLOTS:
        assert len(plot.title) > 20
        assert plot.caption.endswith(".")
        assert plot.caption.count(". ") <= 1
        assert "{" not in plot.caption
    assert len({plot.caption for plot in PLOTS}) == len(PLOTS)


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """Seven systems with long names, one or two CPUs, two numbers of users and two rates; one fails."""
    folder = tmp_path_factory.mktemp("wide")
    names = [f"a-framework-with-a-long-name-{number}" for number in range(7)]
    catalogue = {
        name: {"server": "beast", "inference": "compiled", "threads": "cores", "cores": 1 + number % 2}
        for number, name in enumerate(names)
    }
    results = []
    for number, name in enumerate(names):
        server = f"server-{number // 2}"
        cpus = {"server": {"cpus": 1 + number % 2, "parallelism": 1 + number % 2}}
        for users in (1, 64):
            speeds = [10.0 ** (2 + number / 2) * users**0.5 * (1 + r / 100) for r in range(3)]
            errors = {"refused": 40} if users == 64 and number == 0 else None
            inside = [(9, 0, 1.0)] * 6
            results += repeats(
                folder, name, speeds, f"users-{users}", errors=errors, series=inside, server=server, parts=cpus
            )
        for rate in (100, 900):
            results += repeats(folder, name, [float(rate)] * 3, f"rate-{rate}", cpu=0.2, server=server, parts=cpus)
    changes = {"systems": names, "system_catalogue": catalogue, "also": [], "duration_s": 6}
    return study_data(folder, results, users=[1, 64], rates=[100, 900], **changes)


def test_the_text_of_every_plot_is_read_on_a_phone(wide, tmp_path):
    for plot in plots_of(wide.config):
        _, svg = drawn(plot.name, wide, tmp_path)
        width = float(re.search(r'<svg[^>]* width="([\d.]+)', svg)[1])
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)]
        assert min(sizes) * PHONE_PX / width >= LEAST_TEXT_PX, (plot.name, width, min(sizes))


def test_names_that_a_page_chooses_by_are_columns_of_every_frame(wide):
    for plot in plots_of(wide.config):
        frame = plot.data(wide)
        assert {"model", "system", "generator", "load", "load_point"} <= set(frame.columns), plot.name
        most = 30 * len(wide.cells) if plot.name == "latency_distribution" else 4 * len(wide.trials)
        assert 0 < len(frame) <= most, plot.name


def test_the_overview_stands_at_the_load_of_the_answer_and_of_other_generators_at_their_most_users(tmp_path):
    served_rps = {"users-16": 70_000.0, "users-200": 66_000.0}
    results = [trial for load, rps in served_rps.items() for trial in repeats(tmp_path, "crow", [rps] * 3, load)]
    results += [
        trial
        for load, rps in {"users-16": 900.0, "users-200": 1000.0}.items()
        for trial in repeats(tmp_path, "crow", [rps] * 3, load, generator="native", generator_cpu=0.99, cpu=0.2)
    ]
    frame, _ = drawn("overview", study_data(tmp_path, results), tmp_path)
    assert set(zip(frame["generator"], frame["users"], strict=True)) == {("locust", 16), ("native", 200)}


def test_an_axis_ends_with_the_data_and_the_figures_stand_beside(tmp_path):
    results = [*repeats(tmp_path, "crow", [71_000.0, 72_000.0, 73_000.0]), *repeats(tmp_path, "fastapi", [1000.0] * 3)]
    data = study_data(tmp_path, results)
    frame, _ = drawn("overview", data, tmp_path)
    assert frame.set_index("system").loc["fastapi", "figure"] == "1,000 [1,000, 1,000]"
    assert set(frame["note"]) == {"capacity"}
    chart = chart_of(PLOT["overview"], data, frame).to_dict()
    (limits,) = {tuple(found) for found in domains_of(chart, "throughput_rps")}
    assert 700 < limits[0] < 1000
    assert 73_000 < limits[1] < 110_000


def domains_of(part, field):
    """The domains of a field's scales, wherever they stand in a chart."""
    if isinstance(part, list):
        return [found for item in part for found in domains_of(item, field)]
    if not isinstance(part, dict):
        return []
    own = [part["scale"]["domain"]] if part.get("field") == field and "domain" in (part.get("scale") or {}) else []
    return own + [found for item in part.values() for found in domains_of(item, field)]


def test_one_load_a_generator_is_a_row_a_system_and_several_are_lines(wide, tmp_path):
    results = [*repeats(tmp_path, "crow", [5000.0] * 3), *repeats(tmp_path, "fastapi", [900.0] * 3, "users-200")]
    _, svg = drawn("latency_percentiles", study_data(tmp_path, results), tmp_path)
    assert {"64 users, load by locust", "200 users, load by locust"} <= set(texts_of(svg))
    assert "users (closed loop)" not in texts_of(svg)
    _, svg = drawn("latency_percentiles", wide, tmp_path)
    assert "users (closed loop)" in texts_of(svg)


def test_a_plot_has_a_key_of_the_config_where_some_study_does_not_give_it():
    keys = Config.model_fields.keys() | SystemDefinition.model_fields.keys()
    bare = default_config(users=[64], rates=[], also=[], repeats=1, systems=["crow"])
    absent = absent_plots(bare)
    assert {plot.name for plot in (*absent, *plots_of(bare))} == set(PLOT)
    assert all(plot.need.what and plot.need.key in keys for plot in absent)
    assert all(plot.need.untold for plot in PLOTS)
    assert plots_of(default_config(users=[], rates=[9], also=[]))[0].name == "open_loop_latency"


def test_a_trial_alone_in_its_cell_shows_no_drift(tmp_path):
    assert "order" not in [plot.name for plot in plots_of(default_config(repeats=1))]
    alone = [*repeats(tmp_path, "crow", [100.0]), *repeats(tmp_path, "beast", [90.0])]
    data = study_data(tmp_path / "alone", alone)
    frame, svg = drawn("order", data, tmp_path)
    assert frame.empty
    assert "this study measured nothing for this plot: no cell has two trials" in sentence_of(svg)
    beside = study_data(tmp_path / "beside", [*alone, *repeats(tmp_path / "more", "fastapi", [100.0, 110.0])])
    assert len(PLOT["order"].data(beside)) == 4


@pytest.mark.parametrize(("values", "is_said"), [([100.0], False), ([100.0, 101.0], False), ([100.0] * 3, True)])
def test_a_title_speaks_of_intervals_where_there_are_some(tmp_path, values, is_said):
    data = study_data(tmp_path, repeats(tmp_path, "crow", values))
    titles = [plot.title_of(data, plot.data(data)) for plot in plots_of(data.config)]
    assert any(title.endswith(", 95 % interval") for title in titles) == is_said
    assert ("interval" in " ".join(titles)) == is_said
    assert ("95 % interval" in chart(data)) == is_said


def test_the_page_of_one_number_of_users_has_no_plot_over_users():
    names = [plot.name for plot in plots_of(default_config(users=[64]))]
    assert not {"throughput", "resources"} & set(names)
    assert {"throughput", "resources"} <= {plot.name for plot in plots_of(default_config(users=[1, 64]))}


def test_no_errors_are_a_sentence(tmp_path):
    data = study_data(tmp_path, repeats(tmp_path, "crow", [5000.0] * 3))
    _, svg = drawn("errors", data, tmp_path)
    assert sentence_of(svg).startswith("No error among 45,000 answers, of which 3 were compared")


def test_errors_are_shown_at_the_loads_that_have_them(wide, tmp_path):
    frame, svg = drawn("errors", wide, tmp_path)
    assert "64 users, load by locust" in texts_of(svg)
    assert "1 user, load by locust" not in texts_of(svg)
    assert (frame["errors_total"] > 0).sum() == 1


def test_a_trial_stands_beside_the_mean_of_its_cell(tmp_path):
    results = [*repeats(tmp_path, "crow", [90.0, 100.0, 110.0]), *repeats(tmp_path, "fastapi", [1.0] * 3, "rate-1")]
    frame = PLOT["order"].data(study_data(tmp_path, results))
    found = frame[frame["system"] == "crow"].sort_values("repeat")["deviation_percent"]
    assert list(found) == pytest.approx([-10, 0, 10])
    assert dict(zip(frame["system"], frame["metric"], strict=True)) == {
        "crow": "throughput_rps",
        "fastapi": "cpu_us_per_request",
    }


def test_thousands_of_trials_are_means_of_neighbours(tmp_path, monkeypatch):
    data = study_data(tmp_path, repeats(tmp_path, "crow", [90.0, 100.0, 110.0, 120.0, 130.0]))
    monkeypatch.setattr("servebench.report.plots.order.MOST_POINTS", 3)
    frame = PLOT["order"].data(data)
    assert list(frame["figure"]) == pytest.approx([95, 115, 130])


def test_the_distribution_has_guides_and_ends_where_nothing_is_told(tmp_path):
    results = [
        *repeats(tmp_path, "crow", [5000.0] * 3),
        *repeats(tmp_path, "fastapi", [5000.0] * 3, parts={"load": {"bound_from_percentile": 95.0}}),
    ]
    frame, svg = drawn("latency_distribution", study_data(tmp_path, results), tmp_path)
    assert {"p50", "p90", "p99"} <= set(texts_of(svg))
    least = frame.groupby("system")["share_slower"].min()
    # As the tables: a percentile is told with 100 requests beyond it.
    assert 100 / 45_000 <= least["crow"] < 1.3 * 100 / 45_000
    assert least["fastapi"] >= 0.05
    assert set(frame["latency_ms"].round(1)) == {12.8}


def test_a_curve_ends_where_one_stall_makes_all_that_is_slower(tmp_path):
    (result,) = repeats(tmp_path, "crow", [5000.0], series=[*[(2000, 0, 1.0)] * 6, (3000, 0, 50.0)])
    write_hlog(result.parent / "latency.hlog", histogram_of([(1_000_000, 14_000), (50_000_000, 1_000)]), 0.0, 3.0)
    frame = PLOT["latency_distribution"].data(study_data(tmp_path, [result]))
    assert frame["share_slower"].min() > 1 / 15
    assert frame["latency_ms"].max() < 1.1


def test_a_curve_is_of_the_trials_that_the_tables_figures_are_of(tmp_path):
    held_up = {"parts": {"generator": {"run_queue_share": 0.5}}}
    results = repeats(tmp_path, "crow", [5000.0] * 3, **held_up)
    data = study_data(tmp_path, results)
    assert data.measured_trials.empty
    frame = PLOT["latency_distribution"].data(data)
    assert set(frame["latency_ms"].round(1)) == {data.cells["latency_p99_ms"].iloc[0].round(1)}


def test_systems_at_one_load_stand_side_by_side(wide):
    chart = chart_of(PLOT["throughput"], wide, PLOT["throughput"].data(wide)).to_dict()
    (moved,) = {found for found in calculations_of(chart) if "pow(" in found}
    assert moved.startswith("datum.users * pow(1.0")
    assert "indexof(" in moved


def calculations_of(part):
    """The expressions that a chart computes columns by."""
    if isinstance(part, list):
        return [found for item in part for found in calculations_of(item)]
    if not isinstance(part, dict):
        return []
    own = [part["calculate"]] if "calculate" in part else []
    return own + [found for item in part.values() for found in calculations_of(item)]


def test_the_distribution_of_a_sweep_is_of_its_largest_loads(wide, monkeypatch):
    whole = PLOT["latency_distribution"].data(wide)
    assert set(whole["load_point"]) == {"users-1", "users-64", "rate-100", "rate-900"}
    monkeypatch.setattr("servebench.report.plots.latency_distribution.MOST_PANELS", 3)
    frame = PLOT["latency_distribution"].data(wide)
    assert set(frame["load_point"]) == {"users-64", "rate-900"}


def test_what_others_took_stands_below_the_order(tmp_path):
    noisy = repeats(tmp_path, "crow", [100.0] * 3, other_cores=0.25, steal_cores=0.5)
    frame, svg = drawn("order", study_data(tmp_path / "noisy", noisy), tmp_path)
    assert list(frame["others_cores"]) == [0.75] * 3
    assert "others (cores)" in texts_of(svg)
    unknown = repeats(tmp_path / "other", "crow", [100.0] * 3)
    frame, svg = drawn("order", study_data(tmp_path / "unknown", unknown), tmp_path)
    assert frame["others_cores"].isna().all()
    assert "others (cores)" not in texts_of(svg)
