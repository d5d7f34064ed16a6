"""report.html: one self-contained page, made from the tables and from the plots that are drawn already."""

from servebench.report.page.write import write_page

__all__ = ["write_page"]
