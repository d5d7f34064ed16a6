# Beside the training: it needs no model, and takes longest.
rule precompile:
    input:
        lambda w: precompiled_files(w.project),
    output:
        STUDY.precompiled("{project}"),
    log:
        STUDY.log("precompile", "{project}"),
    priority: PRIORITY_COMPILE
    conda:
        "../../envs/servebench.yaml"
    script:
        "../scripts/precompile.py"


rule build:
    input:
        model=STUDY.model("{model}") / MANIFEST,
        compiled=STUDY.compiled("{model}") / MANIFEST,
        asked=lambda w: asked(w) / MANIFEST,
        sources=lambda w: system_sources(w.system, CONFIG.system_catalogue[w.system]),
        precompiled=precompiled,
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
