from snakemake.utils import min_version

min_version("9.20")


include: "workflow/rules/terminal.smk"


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"


rule all:
    default_target: True
    input:
        final_output(),


include: "workflow/rules/model.smk"
include: "workflow/rules/build.smk"
include: "workflow/rules/check.smk"
include: "workflow/rules/calibrate.smk"
include: "workflow/rules/trial.smk"
include: "workflow/rules/block.smk"
include: "workflow/rules/analyse.smk"
include: "workflow/rules/report.smk"


onstart:
    start_campaign()


onsuccess:
    print_result()


onerror:
    print_failure()
