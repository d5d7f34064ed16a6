rule build:
    input:
        model=STUDY.model("{model}") / MANIFEST,
        compiled=STUDY.compiled("{model}") / MANIFEST,
        sources=lambda w: system_sources(w.system, CONFIG.system_catalogue[w.system]),
    output:
        STUDY.build("{model}", "{system}") / MANIFEST,
    log:
        STUDY.log("build", "{model}", "{system}"),
    priority: PRIORITY_BEFORE_TRIALS
    conda:
        "../../envs/servebench.yaml"
    params:
        definition=lambda w: CONFIG.system_catalogue[w.system].model_dump(mode="json"),
    script:
        "../scripts/build.py"


rule generator:
    input:
        lambda w: GENERATORS[CONFIG.generator_catalogue[w.generator].kind].sources(),
    output:
        STUDY.generator("{generator}") / MANIFEST,
    log:
        STUDY.log("generator", "{generator}"),
    priority: PRIORITY_BEFORE_TRIALS
    conda:
        "../../envs/servebench.yaml"
    params:
        definition=lambda w: CONFIG.generator_catalogue[w.generator].model_dump(
            mode="json"
        ),
    script:
        "../scripts/generator.py"
