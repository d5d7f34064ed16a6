import pytest
from servebench.analyse.raw import read_latencies, read_trials
from servebench.errors import ServebenchError
from support.trials import make_trial


@pytest.fixture
def result(tmp_path):
    return make_trial(tmp_path, "a", 1, 100.0)


def test_a_trial_is_read_with_its_latencies(result):
    (trial,) = read_trials([result])
    assert trial.cell == ("m", "a", "locust", "users-64")
    assert read_latencies(trial.folder).get_total_count() == 300
    assert trial.good_answers() == []


@pytest.mark.parametrize("text", ["", "{", '{"study": "s"}', '["a"]'])
def test_a_cut_record_is_one_line_with_the_remedy(result, text):
    result.write_text(text)
    with pytest.raises(ServebenchError, match=r"result\.json is no trial's record.*delete its folder") as caught:
        read_trials([result])
    assert "\n" not in str(caught.value)


def test_half_a_record_is_one_line_with_the_remedy(result):
    result.write_text(result.read_text()[:200])
    with pytest.raises(ServebenchError, match="delete its folder and run again"):
        read_trials([result])


def test_a_missing_histogram_is_one_line_with_the_remedy(result):
    (result.parent / "latency.hlog").unlink()
    with pytest.raises(ServebenchError, match=r"latency\.hlog is missing: delete its folder"):
        read_latencies(result.parent)


@pytest.mark.parametrize("cut", [9, 30, 60])
def test_a_cut_histogram_is_one_line_with_the_remedy(result, cut):
    path = result.parent / "latency.hlog"
    path.write_text(path.read_text()[:-cut])
    with pytest.raises(ServebenchError, match=r"latency\.hlog is cut: delete its folder"):
        read_latencies(result.parent)


def test_a_histogram_that_lost_its_latencies_is_cut(result):
    path = result.parent / "latency.hlog"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    with pytest.raises(ServebenchError, match=r"latency\.hlog is cut"):
        read_trials([result])[0].latencies()


def test_a_cut_series_is_one_line_with_the_remedy(result):
    (result.parent / "series.csv").write_text("second,good,errors\n0,100,0\n1\n")
    with pytest.raises(ServebenchError, match=r"series\.csv is cut"):
        read_trials([result])[0].good_answers()


def test_the_slowest_answer_of_each_second_is_read_where_it_is_told(tmp_path):
    told = make_trial(tmp_path, "a", 1, 100.0, series=[(100, 0, 1.5), (0, 3, ""), (100, 0, 2.5)])
    assert read_trials([told])[0].slowest_ms() == [1.5, 2.5]
    old = make_trial(tmp_path, "b", 1, 100.0)
    assert read_trials([old])[0].slowest_ms() is None
    (old.parent / "series.csv").write_text("second,requests,errors\n0,100,0\n")
    assert read_trials([old])[0].slowest_ms() is None
    (old.parent / "series.csv").write_text("second,requests,errors,slowest_ms\n")
    assert read_trials([old])[0].slowest_ms() is None
    (old.parent / "series.csv").write_text("second,requests,errors,slowest_ms\n0,100,0,1.5\n1,100,0\n")
    with pytest.raises(ServebenchError, match=r"series\.csv is cut"):
        read_trials([old])[0].slowest_ms()
