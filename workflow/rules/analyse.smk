from servebench.analyse.tables import TABLES


rule tables:
    input:
        config=STUDY.config,
        measured=measured(),
        # On a cluster they belong to the blocks.
        calibrations=(
            []
            if IS_ON_CLUSTER
            else [STUDY.calibration(name) for name in CONFIG.every_generator]
        ),
    output:
        expand("{folder}/{name}.csv", folder=STUDY.tables, name=TABLES),
    log:
        STUDY.log("analyse", "tables"),
    conda:
        "../../envs/servebench.yaml"
    script:
        "../scripts/tables.py"
