import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.protocol.pointer import is_pointer, resolve

DOCUMENT = {"foo": ["bar", {"": 0}], "": 1, "a/b": 2, "m~n": 3, "0": 4, "~1": 5}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", {"": 0}]),
        ("/foo/0", "bar"),
        ("/foo/1/", 0),
        ("/", 1),
        ("/a~1b", 2),
        ("/m~0n", 3),
        ("/0", 4),
        ("/~01", 5),
    ],
)
def test_a_pointer_names_a_value(pointer, value):
    assert is_pointer(pointer)
    assert resolve(DOCUMENT, pointer) == value


@pytest.mark.parametrize(
    "pointer", ["/bar", "/foo/2", "/foo/-", "/foo/01", "/foo/bar", "/a~1b/0", "/foo/0/0", "/foo/-1"]
)
def test_where_nothing_stands_is_told(pointer):
    assert is_pointer(pointer)
    with pytest.raises(LookupError):
        resolve(DOCUMENT, pointer)


@pytest.mark.parametrize("text", ["foo", "/a~", "/a~2", "#/foo", "$.foo"])
def test_what_is_no_pointer(text):
    assert not is_pointer(text)


def places(document, pointer=""):
    """Every pointer into a document with the value there."""
    yield pointer, document
    entries = document.items() if isinstance(document, dict) else []
    entries = enumerate(document) if isinstance(document, list) else entries
    for name, value in entries:
        yield from places(value, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")


@given(JSON)
def test_every_value_of_a_document_has_its_pointer(document):
    for pointer, value in places(document):
        assert is_pointer(pointer)
        assert resolve(document, pointer) is value
