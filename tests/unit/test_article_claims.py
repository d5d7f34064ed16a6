from servebench.report.sections import DETAILS, SUMMARY
from servebench.report.sections.article_claims import article_claims
from servebench.report.sections.article_figures import article_figures
from servebench.report.sections.factors import factors
from servebench.report.sections.section import join_sections
from support.trials import make_trial, study_data

PYTHON = {"server": "fastapi", "inference": "sklearn"}
COMPILED = {"server": "fastapi", "inference": "compiled"}
CPP = {"server": "beast", "inference": "compiled"}


def sections(tmp_path, results):
    return article_claims(study_data(tmp_path / "study", results))


def three_roles(tmp_path, python="fastapi", model="m", **cpp):
    roles = {
        python: (1000.0, 800.0, PYTHON),
        "compiled": (5000.0, 200.0, COMPILED),
        "beast": (1700.0, 50.0, CPP | cpp),
    }
    return [
        make_trial(tmp_path, name, r, speed + r, cpu_us=cpu_us + (r if name != "beast" else 0), model=model, **changes)
        for name, (speed, cpu_us, changes) in roles.items()
        for r in (1, 2, 3)
    ]


def section(tmp_path, python="fastapi", **cpp):
    return sections(tmp_path, three_roles(tmp_path, python, **cpp))


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
    text = factors(study_data(tmp_path / "study", three_roles(tmp_path)))
    # 800 / 200 / 50: two equal steps.
    assert "| 1.38 | 49.7 [" in row_of(text, "inference: scikit-learn over compiled")
    assert "| 1.4 | 50.3 [" in row_of(text, "framework: FastAPI over beast")


def test_the_factors_are_those_at_the_load_of_the_answer(tmp_path):
    more = [
        make_trial(tmp_path, name, r, 500.0 + r, load_point="users-256", **changes)
        for name, changes in {"fastapi": PYTHON, "compiled": COMPILED, "beast": CPP}.items()
        for r in (1, 2, 3)
    ]
    data = study_data(tmp_path / "study", [*three_roles(tmp_path), *more])
    assert "| 64 users |" in factors(data)
    assert "256 users" not in factors(data)
    assert "256 users" in article_claims(data)


def test_a_limit_of_the_generator_is_a_lower_bound(tmp_path):
    text = section(tmp_path, cpu=0.2, generator_cpu=0.99)
    assert "generator-bound: a lower bound" in row_of(text, "50 % more requests/s")
    assert "mostly time inside the generator" in row_of(text, "mean response time")
    assert row_of(text, "mean response time").split("|")[4].startswith(" ≤ ")
    cells = [cell.strip() for cell in row_of(text, "minimum response time").split("|")]
    assert [figure.startswith("≤ ") for figure in cells[4].split("; ")] == [True, False]


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


def test_the_generators_own_time_in_our_figures_is_an_upper_bound(tmp_path):
    bound = three_roles(tmp_path, cpu=0.2, generator_cpu=0.99)
    row = row_of(article_figures(study_data(tmp_path / "study", bound)), "mean response time (ms)")
    assert [cell.startswith("≤ ") for cell in row.split(" | ")[1:4]] == [False, False, True]


def test_of_a_users_own_model_the_article_says_nothing(tmp_path):
    own = {"path": "models/own.joblib", "sample": "models/own.csv"}
    results = three_roles(tmp_path, model="digits-boosting")
    data = study_data(tmp_path / "study", results, model_catalogue={"digits-boosting": own})
    skipped = {"setting", "calibration"}
    text = join_sections(data, [section for section in (*SUMMARY, *DETAILS) if section.name not in skipped])
    assert "article" not in text
    assert "inference: scikit-learn over compiled" in text


def test_where_the_articles_systems_were_not_measured_its_figures_are_no_matter(tmp_path):
    results = [make_trial(tmp_path, "beast", r, 1000.0, **CPP) for r in (1, 2, 3)]
    assert article_figures(study_data(tmp_path / "study", results)) == ""


def test_the_article_asks_for_one_row_a_request(tmp_path):
    many = [make_trial(tmp_path, "beast", r, 1e3, load_point="users-64-rows-16", **CPP) for r in (1, 2, 3)]
    text = article_figures(study_data(tmp_path / "study", [*three_roles(tmp_path), *many]))
    assert text.count("| beast |") == 1
