import pytest
from servebench.address import Address


@pytest.mark.parametrize(
    ("url", "address", "whole"),
    [
        ("http://127.0.0.1:9000", Address("127.0.0.1", 9000), "http://127.0.0.1:9000"),
        ("http://models.example", Address("models.example", 80), "http://models.example:80"),
        ("https://models.example/", Address("models.example", 443, is_tls=True), "https://models.example:443"),
        ("http://[::1]:9000/a/b/", Address("::1", 9000, prefix="/a/b"), "http://[::1]:9000/a/b"),
    ],
)
def test_a_url_is_where_paths_begin(url, address, whole):
    assert Address.parse(url) == address
    assert address.url == whole
    assert Address.parse(whole) == address
    assert address.path("/predict") == f"{address.prefix}/predict"


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("a.b", False)],
)
def test_loopback_is_this_machine(host, is_here):
    assert Address(host, 80).is_loopback == is_here


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://a:9000", "must begin with http:// or https:// and a host"),
        ("127.0.0.1:9000", "must begin with http://"),
        ("http://", "must begin with http://"),
        ("http://a b", "must begin with http://"),
        ("http://a:x", "is no URL (Port could not be cast"),
        ("http://a:0", "which is never 0"),
        ("http://me:secret@a", "without user, query and fragment"),
        ("http://a/predict?x=1", "without user, query and fragment"),
    ],
)
def test_what_is_no_such_place_is_told(url, words):
    with pytest.raises(ValueError, match="'") as caught:
        Address.parse(url)
    assert words in str(caught.value)
