rule ceiling:
    input:
        generator=STUDY.generator("{generator}") / "manifest.json",
        payloads=STUDY.model(CONFIG.models[0]) / "payloads.jsonl",
        sources=null_server_source_files(),
    output:
        STUDY.calibration("{generator}"),
    log:
        STUDY.log("calibrate", "{generator}"),
    priority: PRIORITY_BEFORE_TRIALS
    conda:
        "../../envs/servebench.yaml"
    # Like a trial, it has the machine to itself.
    threads: workflow.cores
    params:
        definition=lambda w: CONFIG.generator_catalogue[w.generator].model_dump(
            mode="json"
        ),
    script:
        "../scripts/ceiling.py"
