# Two studies that are there, set against each other; `make compare` does the same without Snakemake.
from servebench.campaign import export_package
from servebench.compare.request import Request
from servebench.errors import ServebenchError


def resolve_request(raw):
    """Both studies; a mistake becomes one line."""
    try:
        return Request.of(raw)
    except ServebenchError as error:
        sys.exit(f"servebench: {error}")


REQUEST = resolve_request(config)
export_package(WORKFLOW)


rule compare:
    default_target: True
    input:
        REQUEST.inputs,
    output:
        REQUEST.outputs,
    log:
        REQUEST.log,
    conda:
        "../../envs/servebench.yaml"
    params:
        a=REQUEST.a.root,
        b=REQUEST.b.root,
    script:
        "../scripts/compare.py"


onsuccess:
    print(f"page:     {REQUEST.outputs[0]}", file=sys.stderr)
