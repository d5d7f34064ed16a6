"""SIGKILL at random moments: of what a study runs, and of the study itself."""

import random
import signal
import time

import pytest
from servebench.words import Outcome
from support.targets import Hitter, send
from support.tiny_study import NATIVE, WORKERS

# About as long as each lives in a trial, and as a whole study takes; a later moment finds the process gone.
LIFE_S = {"trial": 2.5, "generator": 1.2, "server": 1.2, "worker": 2.5}
STUDY_S = 25.0
# Where the server or one of its processes was killed that is what came out, as it would be of a server that crashes.
MEASURED, DIED = Outcome.MEASURED, Outcome.SERVER_DIED


@pytest.mark.parametrize(
    ("kind", "system", "outcomes"),
    [
        ("trial", NATIVE, {MEASURED}),
        ("generator", NATIVE, {MEASURED}),
        ("server", NATIVE, {MEASURED, DIED}),
        ("worker", WORKERS, {MEASURED, DIED}),
    ],
)
def test_a_study_goes_on_after_each_of_its_processes_was_killed(
    kind, system, outcomes, tiny, undisturbed, times, seed, survives, tmp_path
):
    study = tiny(systems=f"[{system}]", repeats=times + 2)
    with survives(f"SIGKILL of {kind}", times):
        hitter = Hitter(kind, send(signal.SIGKILL), times, LIFE_S[kind], seed)
        output = hitter.beside(study.start())
        assert "Traceback" not in output, output
        study.assert_nobody_left()
        kept = study.raw()
        # Those that were hit late had ended; of the others every one is told.
        assert len(hitter.hits) > times // 2
        study.go_on()
        assert set(study.outcomes().values()) <= outcomes
        kept = study.measure_died_again(kept)
        study.assert_as_without_fault(kept, undisturbed, tmp_path, may_have_died=True)


def test_a_study_that_is_killed_at_any_moment_goes_on_at_once(tiny, undisturbed, times, seed, survives, tmp_path):
    # Of another name, so that all of it is still to be made: the model, the builds, the checks.
    study = tiny().named(study="killed", repeats=4)
    moments = random.Random(seed)
    kept = {}
    with survives("SIGKILL of snakemake", times):
        for _ in range(times):
            process = study.start()
            time.sleep(moments.uniform(0.0, STUDY_S / 2))
            process.kill()
            output, _ = process.communicate()
            assert "Traceback" not in output, output
            # The last one may not have been noted by snakemake yet.
            kept |= study.raw(study.journal()[:-1])
        study.go_on()
        study.assert_as_without_fault(kept, undisturbed, tmp_path)
