"""What names two studies, and the folder of their comparison, in Snakemake's config."""

# Snakemake knows no key of one letter.
STUDY_A, STUDY_B, OUT = "study_a", "study_b", "out"
KEYS = (STUDY_A, STUDY_B, OUT)
EXAMPLE = f"--config {STUDY_A}=results/x {STUDY_B}=results/y"
