"""How large a forged study is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Systems at loads in repeats; every part grows with the study, as it does in real ones."""

    systems: int
    loads: int
    repeats: int

    @property
    def trials(self) -> int:
        """How many trials it has."""
        return self.systems * self.loads * self.repeats

    @property
    def users(self) -> list[int]:
        """The numbers of users of its closed loops."""
        return [8 * (number + 1) for number in range(self.loads)]


SIZES = (Size(2, 1, 5), Size(4, 5, 5), Size(10, 10, 10), Size(20, 25, 20))
