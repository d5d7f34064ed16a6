rule check:
    input:
        build=STUDY.build("{model}", "{system}") / MANIFEST,
        model=lambda w: asked(w) / MANIFEST,
        wire=lambda w: wire(w, 1),
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


# Apart from the check: further numbers of rows must not measure anew what was measured.
rule check_rows:
    input:
        build=STUDY.build("{model}", "{system}") / MANIFEST,
        wire=lambda w: wire(w, w.rows),
    output:
        STUDY.check_rows("{model}", "{system}", "{rows}"),
    log:
        STUDY.log("check", "{model}", "{system}-rows-{rows}"),
    priority: PRIORITY_BEFORE_TRIALS
    conda:
        "../../envs/servebench.yaml"
    params:
        start_timeout_s=CONFIG.start_timeout_s,
    script:
        "../scripts/check_rows.py"
