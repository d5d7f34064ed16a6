"""The function-call interrupts of chosen CPUs, as the kernels write them."""

import pytest
from servebench.calibrate.interrupts import count_function_calls

X86 = """           CPU0       CPU1       CPU3
  8:          1          0          9   IO-APIC   8-edge      rtc0
RES:         10         20         30   Rescheduling interrupts
CAL:       1000       2000       4000   Function call interrupts
ERR:          0
"""
ARM = """           CPU0       CPU1
 13:        100        200     GICv3  27 Level     arch_timer
IPI0:       11         12       Rescheduling interrupts
IPI1:     5000       6000       Function call interrupts
"""


@pytest.mark.parametrize(
    ("text", "cpus", "count"),
    [(X86, [0, 1], 3000), (X86, [3], 4000), (ARM, [0, 1], 11000), (ARM, [1], 6000)],
)
def test_only_the_chosen_cpus_count(text, cpus, count):
    assert count_function_calls(text, cpus) == count


@pytest.mark.parametrize("text", ["", "           CPU0\nRES:  7  Rescheduling interrupts\n"])
def test_a_kernel_that_does_not_tell_counts_nothing(text):
    assert count_function_calls(text, [0]) is None
