from servebench.report.sections.article_claims import article_claims
from support.trials import make_trial, study_data

PYTHON = {"server": "fastapi", "inference": "sklearn"}
COMPILED = {"server": "fastapi", "inference": "compiled"}
CPP = {"server": "beast", "inference": "compiled"}


def sections(tmp_path, results):
    return article_claims(study_data(tmp_path / "study", results))


def section(tmp_path, python="fastapi", **cpp):
    results = [make_trial(tmp_path, python, r, 1000.0 + r, cpu_us=800.0 + r, **PYTHON) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "compiled", r, 5000.0 + r, cpu_us=200.0 + r, **COMPILED) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "beast", r, 1700.0 + r, **{"cpu_us": 50.0, **CPP, **cpp}) for r in (1, 2, 3)]
    return sections(tmp_path, results)


def row_of(text, claim):
    return next(line for line in text.splitlines() if claim in line)


def test_a_ratio_like_the_articles_is_replicated_and_the_stand_in_is_named(tmp_path):
    text = section(tmp_path)
    assert "| replicated |" in row_of(text, "50 % more requests/s")
    assert "| replicated |" in row_of(text, "almost zero")
    assert "`beast` stands for C++" in text


def test_a_system_plays_its_part_by_its_server_whatever_its_name(tmp_path):
    assert "50 % more requests/s" in section(tmp_path, python="fastapi-article")


def test_the_factors_shares_are_of_the_logarithm(tmp_path):
    text = section(tmp_path)
    # 800 / 200 / 50: two equal steps.
    assert "| 1.38 | 49.7 [" in row_of(text, "inference: scikit-learn over compiled")
    assert "| 1.4 | 50.3 [" in row_of(text, "framework: FastAPI over beast")


def test_a_limit_of_the_generator_is_a_lower_bound(tmp_path):
    text = section(tmp_path, cpu=0.2, generator_cpu=0.99)
    assert "generator-bound: a lower bound" in row_of(text, "50 % more requests/s")
    assert "mostly time inside the generator" in row_of(text, "mean response time")


def test_two_limits_of_the_generator_are_no_bound(tmp_path):
    bound = {"cpu": 0.2, "generator_cpu": 0.99}
    results = [make_trial(tmp_path, "fastapi", r, 1000.0 + r, **PYTHON, **bound) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "beast", r, 1700.0 + r, **CPP, **bound) for r in (1, 2, 3)]
    row = row_of(sections(tmp_path, results), "50 % more requests/s")
    assert "≥" not in row
    assert "generator-bound: no bound either" in row


def test_idle_time_that_nothing_explains_settles_no_claim(tmp_path):
    text = section(tmp_path, cpu=0.2, generator_cpu=0.3)
    assert "inconclusive: who was the limit" in row_of(text, "50 % more requests/s")


def test_errors_and_the_same_memory_refute_claims(tmp_path):
    text = section(tmp_path, errors={"timeout": 1})
    assert "3 errors; 0 errors | not replicated" in row_of(text, "neither made an error")
    assert "not replicated" in row_of(text, "far less memory")


def test_without_the_systems_there_is_no_table(tmp_path):
    assert sections(tmp_path, [make_trial(tmp_path, "fastapi", r, 1000.0, **PYTHON) for r in (1, 2, 3)]) == ""
