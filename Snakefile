from snakemake.utils import min_version

min_version("9.20")


include: "workflow/rules/terminal.smk"


from servebench.compare.keys import STUDY_A, STUDY_B


configfile: "config/config.yaml"


# A comparison is of studies that are there: it has none of its own, measures nothing and waits for nobody.
if any(key in config for key in (STUDY_A, STUDY_B)) or "compare" in sys.argv:

    include: "workflow/rules/compare.smk"

else:

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
