TRIAL = STUDY.trial("{model}", "{system}", "{generator}", "{load_point}", "{repeat}")


rule trial:
    input:
        build=STUDY.build("{model}", "{system}") / MANIFEST,
        checks=checks,
        generator=STUDY.generator("{generator}") / MANIFEST,
        wire=lambda w: wire(w, rows_of(w)),
        replaced=replaced_build,
    output:
        result=TRIAL / RESULT,
        latency=TRIAL / LATENCY,
        series=TRIAL / SERIES,
        resources=TRIAL / RESOURCES,
    log:
        STUDY.log(
            "trial", "{model}", "{system}", "{generator}", "{load_point}", "{repeat}"
        ),
    priority: lambda w: trial_priority(CONFIG.seed, key_of(w))
    conda:
        "../../envs/servebench.yaml"
    # A trial has the machine to itself; what it may use of it comes from the config.
    threads: EVERY_CORE
    params:
        settings=lambda w: TrialSettings.of(CONFIG, key_of(w)).as_params(),
    script:
        "../scripts/trial.py"
