# Too small to be placed.
if IS_ON_CLUSTER:

    localrules:
        config,


rule config:
    output:
        STUDY.config,
    log:
        STUDY.log("config", "config"),
    priority: PRIORITY_BEFORE_TRIALS
    conda:
        "../../envs/servebench.yaml"
    params:
        # A function: braces in a value are no wildcards.
        text=lambda wildcards: dump_config(CONFIG.without_permission),
    script:
        "../scripts/config.py"


rule train:
    output:
        manifest=STUDY.model("{model}") / MANIFEST,
        model=STUDY.model("{model}") / MODEL,
        payloads=STUDY.model("{model}") / PAYLOADS,
        golden=STUDY.model("{model}") / GOLDEN,
    log:
        STUDY.log("train", "{model}"),
    priority: PRIORITY_MODEL
    conda:
        "../../envs/servebench.yaml"
    params:
        definition=lambda w: model_params(CONFIG.model_catalogue[w.model]),
        decimals=CONFIG.decimals,
        seed=CONFIG.seed,
    script:
        "../scripts/train.py"


rule compile:
    input:
        manifest=STUDY.model("{model}") / MANIFEST,
        model=STUDY.model("{model}") / MODEL,
        payloads=STUDY.model("{model}") / PAYLOADS,
        template=WORKFLOW / "servebench/compiled/model.c.j2",
        header=WORKFLOW / "servebench/compiled/servebench_model.h",
    output:
        STUDY.compiled("{model}") / MANIFEST,
    log:
        STUDY.log("compile", "{model}"),
    priority: PRIORITY_MODEL
    conda:
        "../../envs/servebench.yaml"
    script:
        "../scripts/compile.py"


# Only where a system of the study asks for it.
rule onnx:
    input:
        manifest=STUDY.model("{model}") / MANIFEST,
        model=STUDY.model("{model}") / MODEL,
        payloads=STUDY.model("{model}") / PAYLOADS,
        golden=STUDY.model("{model}") / GOLDEN,
    output:
        STUDY.onnx("{model}") / MANIFEST,
    log:
        STUDY.log("onnx", "{model}"),
    priority: PRIORITY_MODEL
    conda:
        "../../envs/servebench.yaml"
    params:
        threads=CONFIG.numeric_threads,
    script:
        "../scripts/convert.py"


# Bodies and golden answers as they go over the wire, before there is any load.
rule render:
    input:
        manifest=STUDY.model("{model}") / MANIFEST,
        model=STUDY.model("{model}") / MODEL,
        payloads=STUDY.model("{model}") / PAYLOADS,
        golden=STUDY.model("{model}") / GOLDEN,
        description="servers/protocols/{protocol}.yaml",
    output:
        manifest=STUDY.wire("{model}", "{protocol}", "{rows}") / MANIFEST,
        payloads=STUDY.wire("{model}", "{protocol}", "{rows}") / PAYLOADS,
        golden=STUDY.wire("{model}", "{protocol}", "{rows}") / GOLDEN,
    log:
        STUDY.log("render", "{model}", "{protocol}-{rows}"),
    priority: PRIORITY_MODEL
    conda:
        "../../envs/servebench.yaml"
    script:
        "../scripts/render.py"


# Golden answers of ONNX are its own, in float32.
use rule render as render_onnx with:
    input:
        manifest=STUDY.onnx("{model}") / MANIFEST,
        description="servers/protocols/{protocol}.yaml",
    output:
        manifest=STUDY.wire("{model}", "{protocol}", "{rows}", Inference.ONNX)
        / MANIFEST,
        payloads=STUDY.wire("{model}", "{protocol}", "{rows}", Inference.ONNX)
        / PAYLOADS,
        golden=STUDY.wire("{model}", "{protocol}", "{rows}", Inference.ONNX) / GOLDEN,
    log:
        STUDY.log("render", "{model}", "onnx", "{protocol}-{rows}"),
