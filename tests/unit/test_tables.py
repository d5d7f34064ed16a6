import pandas as pd
import pytest
from servebench.analyse.schema import load_schema, violations
from servebench.analyse.tables import read_table, write_tables
from servebench.errors import ServebenchError
from servebench.hashes import forget_hashes
from support.trials import make_trial

TABLES = ("trials", "cells", "contrasts", "scalability")


@pytest.fixture
def tables(tmp_path):
    results = [make_trial(tmp_path, "fast", r, 1000.0 * r, generator_cpu=0.99, cpu=0.2) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "absent", r) for r in (1, 2, 3)]
    write_tables(results, tmp_path / "study" / "tables")
    # As those that were written before there were hashes: what is edited beside one is said by it.
    forget_hashes(tmp_path / "study" / "tables")
    return tmp_path / "study" / "tables"


@pytest.mark.parametrize("name", TABLES)
def test_tables_keep_their_schemas(tables, name):
    assert violations(read_table(tables, name), load_schema(name)) == []
    assert list(pd.read_csv(tables / f"{name}.csv").columns) == load_schema(name).names


def test_a_column_that_an_old_table_lacks_reads_as_empty(tables):
    path = tables / "cells.parquet"
    pd.read_parquet(path).drop(columns=["ready_s", "usable_cpus"]).to_parquet(path)
    cells = read_table(tables, "cells")
    assert violations(cells, load_schema("cells")) == []
    assert cells["usable_cpus"].isna().all()
    assert cells["usable_cpus"].dtype == "Int64"


def test_a_column_that_no_schema_names_is_refused_with_the_remedy(tables):
    path = tables / "cells.parquet"
    pd.read_parquet(path).assign(shoe_size=43).to_parquet(path)
    with pytest.raises(ServebenchError, match=r"shoe_size.*make report STUDY=study"):
        read_table(tables, "cells")


@pytest.mark.parametrize("content", [None, b"", b"PAR1 but not quite"])
def test_a_missing_or_cut_table_is_one_line_with_the_remedy(tables, content):
    path = tables / "trials.parquet"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ServebenchError, match=r"trials\.parquet is missing or cut: `make report STUDY=study`"):
        read_table(tables, "trials")
