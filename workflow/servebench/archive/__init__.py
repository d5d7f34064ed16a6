"""A study as one file: its raw files alone (`raw`), or all that it is cited by, as an RO-Crate."""

from servebench.archive.raw import pack_raw, unpack_raw

__all__ = ["pack_raw", "unpack_raw"]
