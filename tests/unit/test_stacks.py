from collections import Counter

import pytest
from servebench.profile.stacks import Frame, kernel_share, shortened


@pytest.mark.parametrize(
    ("function", "short"),
    [
        ("boost::mp11::mp_with_index_impl_<3ul>::call<0ul, f<int, g<x> > >", "boost::mp11::mp_with_index_impl_::call"),
        ("<module>", "<module>"),
        ("f.<locals>.<lambda>", "f.<locals>.<lambda>"),
        ("std::operator< <char>", "std::operator"),
        ("a::operator-><b<c> >", "a::operator"),
        ("a::read_op::operator()<b<c> >", "a::read_op::operator()"),
        ("(anonymous namespace)::serve", "serve"),
        ("tcp_ack", "tcp_ack"),
    ],
)
def test_a_short_name_has_no_arguments_of_templates(function, short):
    assert Frame(function, "x").short_name == short


def test_the_kernels_share_is_that_of_the_innermost_functions():
    program, kernel = Frame("f", "server"), Frame("tcp_ack", "[kernel.kallsyms]")
    assert kernel_share(Counter({(program,): 3, (program, kernel): 1})) == 0.25
    assert kernel_share(Counter({(program,): 3})) is None


def test_what_does_not_fit_is_cut():
    assert [shortened("abcdef", letters) for letters in (6, 7, 4)] == ["abcdef", "abcdef", "abc…"]
