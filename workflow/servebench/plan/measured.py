"""The seconds that plans are made of, measured but for two; every other figure of a plan follows from these.

Measured in November 2026 on two CPUs of a virtual machine (24 GiB), each from the end of the job before to
its own end: the default study from a fresh clone, `config/article.yaml` likewise, and `config/serving.yaml`,
`config/python.yaml` and `config/languages.yaml` with kept environments; environments by the time from their folder's
making to their stamp, two at a time, packages fetched, by uv. `tests/recorded/runs.yaml` holds what those runs took.
What is a server's own stands in its server.yaml (`plan`). What a machine shows itself replaces all of them
(known_machine.py).
"""

from servebench.words import BuilderKind, GeneratorKind, Inference

# A second of listening, with the first job's start.
LISTEN_S = 1.5
# Scikit-learn's import included, which takes most of it.
TRAIN_S = 4.0
COMPILE_MODEL_S = 4.0
CONVERT_MODEL_S = 6.0
RENDER_S = 1.8

COMPILE_SERVER_S = 28.0
COMPILE_GENERATOR_S = 18.0
COMPILE_CALIBRATION_S = 6.0
# What is compiled already is looked at only.
KEPT_S = 0.8

BUILD_S = {BuilderKind.NONE: 0.5, BuilderKind.PYTHON: 0.5, BuilderKind.CMAKE: 0.9, BuilderKind.COMMAND: 2.3}
# Making the environment of a server that brings packages of its own, by their number where its manifest tells none.
ENVIRONMENT_LEAST_S = 5.0
ENVIRONMENT_S_A_PACKAGE = 0.1

# A check starts its server; some of its cases wait for what a server does not say.
CHECK_S = 0.9
CHECK_S_A_START_S = 1.5
CHECK_ROWS_S = 2.0

CEILING_S = 5.0
# Of each generator from each load host: estimated, no such study was timed.
LOAD_HOST_S = 8.0
TRUTH_S = 7.5
STALL_S = 3.5
METER_S = 7.5
METER_KEPT_S = 1.8
AGREEMENT_S = 130.0

# Beside the builder's: scikit-learn's import, and the start of Locust's users.
INFERENCE_START_S = {Inference.SKLEARN: 1.5, Inference.COMPILED: 0.0, Inference.ONNX: 0.1}
GENERATOR_START_S = {GeneratorKind.LOCUST: 0.8}
# The agents of the load hosts, side by side: estimated too.
AGENT_START_S = 1.0
# How often a window is made again on a quiet machine.
MADE_AGAIN = 0.05

REPORT_S = 14.0
BYTES_A_TRIAL = 20_000
