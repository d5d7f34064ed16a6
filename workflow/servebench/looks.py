"""Whether a campaign has blocks enough for the wished precision: looks after 5, 15 and 40 blocks, at widths alone.

What a look finds is a function of the campaign's trials in the blocks up to it, so that every later trial finds the
same; the first to look writes it down, which spares the others the reading.
"""

from collections.abc import Callable

from servebench.campaign import Campaign
from servebench.files import read_json, write_json
from servebench.paths import RESULT, StudyPaths
from servebench.thresholds import LOOKS
from servebench.trial.record import Look

# Whether the blocks up to a look are precise enough.
IsPrecise = Callable[[int], bool]


def find_look(paths: StudyPaths, campaign: Campaign, repeat: int) -> Look | None:
    """The look after which this repeat is not needed any more; None where it is, or no precision is wished."""
    if campaign.precision is None:
        return None
    known = _read(paths, campaign)

    def is_precise(blocks: int) -> bool:
        if str(blocks) not in known:
            known[str(blocks)] = _measure_precision(paths, campaign, blocks)
            write_json(paths.looks, {"campaign": campaign.name, "found": known})
        return known[str(blocks)]

    blocks = first_precise_look(repeat, is_precise)
    return None if blocks is None else Look(precision=campaign.precision, blocks=blocks)


def first_precise_look(repeat: int, is_precise: IsPrecise) -> int | None:
    """The first look before a repeat that found precision enough; later ones do not look again."""
    return next((blocks for blocks in LOOKS if blocks < repeat and is_precise(blocks)), None)


def _read(paths: StudyPaths, campaign: Campaign) -> dict[str, bool]:
    if not paths.looks.exists():
        return {}
    written = read_json(paths.looks)
    return dict(written["found"]) if written["campaign"] == campaign.name else {}


def _measure_precision(paths: StudyPaths, campaign: Campaign, blocks: int) -> bool:
    # Pandas and SciPy take a second to import: only the one trial that looks pays for them.
    from servebench.analyse.criteria import Criteria
    from servebench.analyse.precision import is_precise
    from servebench.analyse.raw import read_trials
    from servebench.analyse.trials import trials_table

    numbers = range(1, blocks + 1)
    results = sorted(path for number in numbers for path in paths.root.glob(f"trials/*/*/*/*/{number}/{RESULT}"))
    raw = [trial for trial in read_trials(results) if trial.record.campaign == campaign.name]
    return is_precise(trials_table(raw), Criteria(precision=campaign.precision))
