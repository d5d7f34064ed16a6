from servebench.analyse.tables import TABLES


rule tables:
    input:
        config=STUDY.config,
        trials=trial_results(),
    output:
        expand("{folder}/{name}.csv", folder=STUDY.tables, name=TABLES),
    log:
        STUDY.log("analyse", "tables"),
    conda:
        "../../envs/servebench.yaml"
    script:
        "../scripts/tables.py"
