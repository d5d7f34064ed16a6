TRIAL = STUDY.trial("{model}", "{system}", "{generator}", "{load_point}", "{repeat}")


rule trial:
    input:
        build=STUDY.build("{model}", "{system}") / "manifest.json",
        check=STUDY.check("{model}", "{system}"),
        generator=STUDY.generator("{generator}") / "manifest.json",
        model=STUDY.model("{model}") / "manifest.json",
    output:
        result=TRIAL / "result.json",
        latency=TRIAL / "latency.hlog",
        series=TRIAL / "series.csv",
        resources=TRIAL / "resources.csv",
    log:
        STUDY.log(
            "trial", "{model}", "{system}", "{generator}", "{load_point}", "{repeat}"
        ),
    priority: lambda w: trial_priority(CONFIG.seed, key_of(w))
    conda:
        "../../envs/servebench.yaml"
    # A trial has the machine to itself; what it may use of it comes from the config.
    threads: workflow.cores
    params:
        settings=lambda w: TrialSettings.of(CONFIG, key_of(w)).as_params(),
    script:
        "../scripts/trial.py"
