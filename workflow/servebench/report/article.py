"""The article's own figures: "Benchmarking ML APIs", February 2026, 200 users for 5 minutes, one run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ArticleFigures:
    """A column of the article's table, as it prints it."""

    name: str
    latency_min: str
    latency_mean: str
    latency_max: str
    throughput: str
    memory: str
    cpu: str
    threads: str
    errors: str


ARTICLE = (
    ArticleFigures("article: FastAPI", "1", "44", "5,147", "1,200+", "171 (MB)", "about 100 %", "1", "0 %"),
    ArticleFigures("article: Crow", "0", "43", "2,163", "2,200+", "27 (MB)", "about 1 %", "24", "0 %"),
)
