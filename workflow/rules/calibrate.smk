STUDY_PAYLOADS = STUDY.model(CONFIG.models[0]) / PAYLOADS


# The very first job: a second that nothing else may disturb, and that spares the minutes of a useless study.
rule listen:
    output:
        STUDY.machine_calibration,
    log:
        STUDY.log("calibrate", "this_machine"),
    priority: PRIORITY_LISTENING
    conda:
        "../../envs/servebench.yaml"
    threads: EVERY_CORE
    params:
        is_quiet_required=CONFIG.quiet == "required",
    script:
        "../scripts/listen.py"


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
    threads: EVERY_CORE
    params:
        definition=lambda w: CONFIG.generator_catalogue[w.generator].model_dump(
            mode="json"
        ),
        connections=lambda w: most_connections(CONFIG, w.generator),
        network=LoadNetwork.of(CONFIG).as_params(),
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
    threads: EVERY_CORE
    script:
        "../scripts/calibrate_meter.py"


# A property of the programs, which no study needs to show again: `make calibrate` asks for it.
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
    threads: EVERY_CORE
    script:
        "../scripts/calibrate_agreement.py"


rule calibrate:
    input:
        calibrations(),
        STUDY.agreement_calibration,


rule check_intervals:
    input:
        STUDY.tables / "trials.csv",
    output:
        STUDY.interval_check,
    log:
        STUDY.log("calibrate", "interval_check"),
    conda:
        "../../envs/servebench.yaml"
    params:
        blocks=CONFIG.repeats,
        seed=CONFIG.seed,
    script:
        "../scripts/check_intervals.py"
