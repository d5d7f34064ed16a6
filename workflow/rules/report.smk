from servebench.report.plots import plots_of

PLOTS = plots_of(CONFIG)
PLOT_NAMES = [plot.name for plot in PLOTS]


rule plots:
    input:
        config=STUDY.config,
        tables=expand("{folder}/{name}.csv", folder=STUDY.tables, name=TABLES),
    output:
        [
            report(
                f"{STUDY.plots}/{plot.name}.svg",
                caption="../report/plots.rst",
                category="Plots",
                labels={"plot": plot.name.replace("_", " ")},
            )
            for plot in PLOTS
        ],
        expand(
            "{folder}/{name}.{extension}",
            folder=STUDY.plots,
            name=PLOT_NAMES,
            extension=["html", "png", "csv", "json"],
        ),
    log:
        STUDY.log("report", "plots"),
    conda:
        "../../envs/servebench.yaml"
    script:
        "../scripts/plots.py"


rule summary:
    input:
        config=STUDY.config,
        tables=expand("{folder}/{name}.csv", folder=STUDY.tables, name=TABLES),
        calibration=[
            *([] if IS_ON_CLUSTER else calibrations()),
            str(STUDY.interval_check),
        ],
        plots=expand("{folder}/{name}.svg", folder=STUDY.plots, name=PLOT_NAMES),
        page=expand(
            str(WORKFLOW / "report/page.{extension}"),
            extension=["html.j2", "css", "js"],
        ),
    output:
        summary=STUDY.summary,
        conclusions=STUDY.conclusions,
        page=report(
            STUDY.report,
            caption="../report/summary.rst",
            category="Summary",
            labels={"page": "the answer, and all charts to explore"},
        ),
    log:
        STUDY.log("report", "summary"),
    conda:
        "../../envs/servebench.yaml"
    script:
        "../scripts/summary.py"


rule provenance:
    input:
        config=STUDY.config,
        trials=STUDY.tables / "trials.csv",
    output:
        STUDY.provenance,
    log:
        STUDY.log("report", "provenance"),
    conda:
        "../../envs/servebench.yaml"
    script:
        "../scripts/provenance.py"
