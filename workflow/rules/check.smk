rule check:
    input:
        build=STUDY.build("{model}", "{system}") / MANIFEST,
        model=STUDY.model("{model}") / MANIFEST,
        wire=wire,
        cases="servers/contract/cases.yaml",
    output:
        STUDY.check("{model}", "{system}"),
    log:
        STUDY.log("check", "{model}", "{system}"),
    priority: PRIORITY_BEFORE_TRIALS
    conda:
        "../../envs/servebench.yaml"
    params:
        start_timeout_s=CONFIG.start_timeout_s,
        is_required=CONFIG.require == "all",
    script:
        "../scripts/check.py"
