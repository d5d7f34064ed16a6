"""The window of a load point whose rate depends on the system: the rate is found first, in the same session."""

from collections.abc import Callable
from typing import assert_never

from servebench.load_point import AtObjective, OpenLoop, SearchedPoint, ShareOfCapacity
from servebench.trial.request import TrialRequest
from servebench.trial.search import DISTURBED, Search, judge, least_window_s, search_rate, share_of_capacity
from servebench.trial.session import Session, Window


def searched_window(
    request: TrialRequest, session: Session, is_disturbed: Callable[[Window], bool]
) -> tuple[Search, Window | None]:
    """Find the rate, then measure windows at it until one is right; no window where there is none.

    A window that missed the objective while it `is_disturbed` says nothing of the server.
    """
    point = request.load_point
    assert isinstance(point, SearchedPoint)
    search = _search(request, point, session)
    while search.rate_rps is not None and session.server.is_alive():
        if _is_too_short(request, point, search.rate_rps):
            break
        window = session.window(session.loader.start(OpenLoop(search.rate_rps, rows=point.rows)))
        fault = _fault(request, point, window)
        if fault is None or not session.server.is_alive():
            return search, window
        if search.has_given_up:
            break
        search = search.after(DISTURBED if is_disturbed(window) else fault)
    return search, None


def _search(request: TrialRequest, point: SearchedPoint, session: Session) -> Search:
    """Find the rate of a load point that depends on the system itself."""
    connections = request.settings.generator.connections
    match point:
        case ShareOfCapacity(percent):
            return share_of_capacity(session.probe, connections, percent)
        case AtObjective():
            return search_rate(session.probe, connections, request.objective)
        case _:
            assert_never(point)


def _is_too_short(request: TrialRequest, point: SearchedPoint, rate_rps: int) -> bool:
    """Whether the trial's own window holds too few requests for its percentile to decide."""
    match point:
        case ShareOfCapacity():
            return False
        case AtObjective():
            return request.settings.duration_s < least_window_s(rate_rps, request.objective)
        case _:
            assert_never(point)


def _fault(request: TrialRequest, point: SearchedPoint, window: Window) -> str | None:
    """Why the trial's own window did not keep the objective, if it did not; a share of the capacity has none."""
    match point:
        case ShareOfCapacity():
            return None
        case AtObjective():
            return judge(window.measurement.counted, 0, request.settings.duration_s, request.objective).fault
        case _:
            assert_never(point)
