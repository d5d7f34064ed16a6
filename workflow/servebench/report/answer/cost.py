"""What predictions cost, from the CPU that they use and the price of a CPU's hour."""

MILLION = 1_000_000
SECONDS_AN_HOUR = 3600


def cost_per_million(cpu_us: float | None, price_per_cpu_hour: float) -> float | None:
    """The cost of a million predictions of so many microseconds each, in the price's own currency."""
    # A million times a microsecond is a second.
    return None if cpu_us is None else cpu_us / SECONDS_AN_HOUR * price_per_cpu_hour
