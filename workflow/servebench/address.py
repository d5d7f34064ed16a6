"""Where a server answers: the parts of a URL that a client needs."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
# Where a name looks like another one, or a shell would read more, nobody should be asked.
PLAIN = re.compile(r"[A-Za-z0-9:/.\[\]_~%!*()@+,=?#-]*")
EXAMPLE = "http://127.0.0.1:9000, https://models.example/churn"


@dataclass(frozen=True)
class Address:
    """A host and a port; `prefix` stands before each path of the protocol, and does not end in a slash."""

    host: str
    port: int
    is_tls: bool = False
    prefix: str = ""

    @classmethod
    def parse(cls, url: str) -> "Address":
        """From a URL; raises ValueError, in the user's words, where it names no such place."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"'{url}' is no URL ({error}): write it like {EXAMPLE}") from None
        if parts.scheme not in PORTS or not parts.hostname or not PLAIN.fullmatch(url):
            raise ValueError(
                f"'{url}' must begin with http:// or https:// and a host, in plain letters: write it like {EXAMPLE}"
            )
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError(f"'{url}' must be a host, a port and a path, without user, query and fragment")
        if port == 0:
            raise ValueError(f"'{url}' must name the port that is listened at, which is never 0")
        prefix = parts.path.rstrip("/")
        return cls(parts.hostname, port or PORTS[parts.scheme], parts.scheme == "https", prefix)

    @property
    def scheme(self) -> str:
        """The URL's beginning."""
        return "https" if self.is_tls else "http"

    @property
    def url(self) -> str:
        """The URL again, with its port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.prefix}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine, as far as its name tells."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def path(self, path: str) -> str:
        """A path of the protocol, as it is asked there."""
        return f"{self.prefix}{path}"
