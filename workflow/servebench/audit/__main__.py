"""Write the audit of this checkout; ends with code 1 where a vulnerability is known."""

import sys
from pathlib import Path

from servebench.audit.licences import installed_licences, site_packages
from servebench.audit.locked import locked_packages
from servebench.audit.text import audit_line, audit_text
from servebench.audit.vulnerabilities import known_vulnerabilities
from servebench.files import write_text
from servebench.paths import CACHE, REPOSITORY

REPORT = CACHE / "audit.md"


def main() -> None:
    """Ask, write, and say it in a line."""
    locked = locked_packages(REPOSITORY)
    environments = [Path(sys.prefix), *(CACHE / "environments").glob("*")]
    installed = installed_licences(site_packages(environments))
    findings = known_vulnerabilities([each.package for each in locked if each.package.origin == "PyPI"])
    write_text(REPORT, audit_text(locked, installed, findings))
    print(f"{audit_line(locked, installed, findings)}\nreport: {REPORT}")
    if findings.vulnerabilities:
        sys.exit(1)


if __name__ == "__main__":
    main()
