"""Which systems of a study stand for what the article compared, and where they were measured."""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from servebench.analyse.pairs import Point
from servebench.analyse.roles import Roles, ServerKind, roles_of
from servebench.build.server_manifest import known_servers, load_server_manifest
from servebench.load_point import ClosedLoop
from servebench.model.definition import ModelFile
from servebench.report.answer.capacities import answered_points
from servebench.report.data import StudyData


@dataclass(frozen=True)
class MeasuredRoles:
    """The closed loops of one row a request, the systems among them, and their points: the article's generator first.

    A point is of every generator's closed loop that FastAPI and the C++ system ran: the answer's, else the largest.
    """

    closed: pd.DataFrame
    roles: Roles
    points: tuple[Point, ...]


def measured_roles(data: StudyData) -> MeasuredRoles | None:
    """Those of a study, at the load of its answer; None where it lacks one of the systems."""
    return _in_cells(data.closed_cells_of_one_row, answered_points(data.cells))


def article_roles(data: StudyData) -> MeasuredRoles | None:
    """The same of the models that are trained here, with as many users as there are, since the article had many.

    It says nothing of a user's own.
    """
    closed = data.closed_cells_of_one_row
    own = {name for name, model in data.config.model_catalogue.items() if isinstance(model, ModelFile)}
    return _in_cells(closed[~closed["model"].isin(own)], [])


def _in_cells(closed: pd.DataFrame, wished: Collection[Point]) -> MeasuredRoles | None:
    roles = roles_of(closed, _kinds(closed))
    return None if roles is None else MeasuredRoles(closed, roles, _points(closed, roles, wished))


def _kinds(cells: pd.DataFrame) -> dict[str, ServerKind]:
    """What the measured servers are, as far as their folders are still there."""
    manifests = {str(name): load_server_manifest(name) for name in known_servers() if name in set(cells["server"])}
    return {name: ServerKind(manifest.language, manifest.framework) for name, manifest in manifests.items()}


def _points(closed: pd.DataFrame, roles: Roles, wished: Collection[Point]) -> tuple[Point, ...]:
    found: list[Point] = []
    for (model, generator), group in closed.groupby(["model", "generator"], sort=False):
        users = [set(group.loc[group["system"] == system, "users"]) for system in (roles.cpp, roles.python)]
        shared = users[0] & users[1]
        points = [(str(model), str(generator), ClosedLoop(int(count)).name) for count in sorted(shared, reverse=True)]
        found += [next((point for point in points if point in wished), points[0])] if points else []
    return tuple(sorted(found, key=lambda point: not point[1].startswith("locust")))
