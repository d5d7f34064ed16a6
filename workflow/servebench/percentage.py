"""A share as the config writes it: `5%`."""

# Above 0, below 100; in words beside it.
PERCENTAGE_PATTERN = r"^([1-9][0-9]?(\.[0-9]+)?|0\.[0-9]*[1-9][0-9]*) ?%$"
PERCENTAGE_WORDS = "a share above 0% and below 100%, such as 5%"


def parse_percentage(text: str) -> float:
    """The share, 0 to 1, of a text that keeps the pattern."""
    return float(text.rstrip("%").strip()) / 100
