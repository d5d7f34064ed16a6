STUDY_PAYLOADS = STUDY.model(CONFIG.models[0]) / PAYLOADS


# Like a trial, each of these has the machine to itself.
rule calibrate_generator:
    input:
        generator=STUDY.generator("{generator}") / MANIFEST,
        payloads=STUDY_PAYLOADS,
        sources=CALIBRATION_PROGRAMS.source_files(),
        programs=STUDY.precompiled(CALIBRATION),
    output:
        STUDY.calibration("{generator}"),
    log:
        STUDY.log("calibrate", "{generator}"),
    priority: PRIORITY_CALIBRATION
    conda:
        "../../envs/servebench.yaml"
    threads: workflow.cores
    params:
        definition=lambda w: CONFIG.generator_catalogue[w.generator].model_dump(
            mode="json"
        ),
        connections=lambda w: most_connections(CONFIG, w.generator),
    script:
        "../scripts/calibrate_generator.py"


rule calibrate_meter:
    input:
        CALIBRATION_PROGRAMS.source_files(),
        STUDY.precompiled(CALIBRATION),
    output:
        STUDY.meter_calibration,
    log:
        STUDY.log("calibrate", "server_meter"),
    priority: PRIORITY_CALIBRATION
    conda:
        "../../envs/servebench.yaml"
    threads: workflow.cores
    script:
        "../scripts/calibrate_meter.py"


rule calibrate_agreement:
    input:
        payloads=STUDY_PAYLOADS,
        sources=CALIBRATION_PROGRAMS.source_files(),
        programs=STUDY.precompiled(CALIBRATION),
    output:
        STUDY.agreement_calibration,
    log:
        STUDY.log("calibrate", "generator_agreement"),
    priority: PRIORITY_CALIBRATION
    conda:
        "../../envs/servebench.yaml"
    threads: workflow.cores
    script:
        "../scripts/calibrate_agreement.py"


rule calibrate:
    input:
        calibrations(),


rule coverage:
    input:
        STUDY.tables / "trials.csv",
    output:
        STUDY.coverage_calibration,
    log:
        STUDY.log("calibrate", "a_against_a"),
    conda:
        "../../envs/servebench.yaml"
    params:
        blocks=CONFIG.repeats,
        seed=CONFIG.seed,
    script:
        "../scripts/coverage.py"
