"""Two calls of snakemake at once: on one study, and on two."""

import platform

from support.targets import await_target


def test_a_second_call_is_refused_and_disturbs_nothing(tiny, undisturbed, survives, tmp_path):
    study = tiny(repeats=2)
    with survives("a second call on the same study"):
        process = study.start()
        await_target("trial", process)
        refused = study.run()
        output, _ = process.communicate(timeout=120)
        assert refused.returncode == 1
        holder = f"process {process.pid} on {platform.node()}"
        assert f"study 'tiny' is being worked on by {holder}: wait for it" in refused.stdout
        assert "Traceback" not in refused.stdout
        assert process.returncode == 0, output
        study.assert_as_without_fault(study.raw(), undisturbed, tmp_path)


def test_two_calls_at_the_same_moment_are_one_study(tiny, undisturbed, survives, tmp_path):
    study = tiny(repeats=2)
    with survives("two calls at the same moment"):
        processes = [study.start(), study.start()]
        outputs = [process.communicate(timeout=120)[0] for process in processes]
        codes = [process.returncode for process in processes]
        # The one that comes second is refused; one that finds all made already has nothing to do.
        assert 0 in codes, outputs
        assert "Traceback" not in "".join(outputs)
        study.go_on()
        study.assert_as_without_fault(study.raw(), undisturbed, tmp_path)


def test_a_second_study_meanwhile_takes_turns(tiny, undisturbed, survives, tmp_path):
    first = tiny(repeats=2)
    second = first.named(study="second")
    with survives("a second study meanwhile"):
        processes = [study.start() for study in (first, second)]
        outputs = [process.communicate(timeout=240)[0] for process in processes]
        assert [process.returncode for process in processes] == [0, 0], outputs
        for study in (first, second):
            study.assert_as_without_fault(study.raw(), undisturbed, tmp_path)
