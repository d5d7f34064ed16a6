"""The command that measures a study anew beside the first."""


def again_command(study: str, *settings: str) -> str:
    """With its own configuration, under a name of its own; `settings` are keys of the config with their values."""
    own = [f"study={study}-again", *settings]
    return f"snakemake --cores all --configfile results/{study}/config.yaml --config {' '.join(own)}"
