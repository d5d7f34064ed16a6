rule tables:
    input:
        config=STUDY.config,
        trials=trial_results(),
    output:
        trials=STUDY.tables / "trials.csv",
        cells=STUDY.tables / "cells.csv",
        contrasts=STUDY.tables / "contrasts.csv",
        scalability=STUDY.tables / "scalability.csv",
    log:
        STUDY.log("analyse", "tables"),
    conda:
        "../../envs/servebench.yaml"
    script:
        "../scripts/tables.py"
