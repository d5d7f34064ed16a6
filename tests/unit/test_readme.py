import pytest
from servebench.build.server_manifest import known_servers
from servebench.report.readme import PARTS, VERDICTS, servers_table
from servebench.words import ContrastWord, VerdictWord


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.path.parent.name}-{part.name}")
def test_what_is_made_from_the_code_is_what_stands_there(part):
    text = part.path.read_text(encoding="utf-8")
    assert part.render(text) == text, "run `make format`"


def test_the_part_between_the_markers_is_made_anew():
    text = VERDICTS.render(f"before\n{VERDICTS.begin}\nstale\n{VERDICTS.end}\nafter\n")
    assert text.startswith("before\n")
    assert text.endswith(f"{VERDICTS.end}\nafter\n")
    assert "stale" not in text
    assert all(word.meaning in text for word in (*VerdictWord, *ContrastWord))


def test_every_server_stands_in_the_table_with_its_systems():
    rows = servers_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == known_servers()
    assert any("`fastapi`, `fastapi-compiled`" in row for row in rows)


@pytest.mark.parametrize(
    "text",
    [
        "",
        VERDICTS.begin,
        f"{VERDICTS.end}{VERDICTS.begin}",
        f"{VERDICTS.begin}{VERDICTS.end}{VERDICTS.begin}{VERDICTS.end}",
    ],
)
def test_markers_that_are_not_there_once_are_refused(text):
    with pytest.raises(ValueError, match="once each"):
        VERDICTS.render(text)
