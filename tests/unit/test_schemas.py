import json

import pytest
from servebench.schemas import SCHEMAS, schema_text


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_the_written_schema_is_the_models(path):
    assert path.read_text() == schema_text(SCHEMAS[path]), "run `make format`"


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_the_schema_lists_every_key(path):
    assert set(json.loads(path.read_text())["properties"]) == set(SCHEMAS[path].model_fields)
