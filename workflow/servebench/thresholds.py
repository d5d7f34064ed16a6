"""The numbers that decide: from which figure on a verdict, a flag or a search says something else."""

# A server whose CPUs were idle for no more is at its limit: a quiet saturated one leaves 0.7 %, and /proc/stat counts
# in ticks of 10 ms. It is not its own limit where others had more than the second share of these CPUs.
IDLE_CPUS = 0.03
OTHERS_SHARE = 0.10
# A generator, or a server whose CPUs' idle time is not known, is at its limit when it used this share of the CPU that
# it can use; the second is near it.
SATURATED = 0.95
GENERATOR_NEAR_LIMIT = 0.80
# With fewer users than this for each CPU of the server, both sides wait for each other by design.
FEW_USERS_A_CPU = 4

# A window is disturbed where generator or server waited for a CPU longer than this share of it, and unsteady where its
# halves differ by more than this. It is made again at most so many times. A server whose CPUs were never idle has
# requests waiting, and does not notice a generator that waits a little: a shared machine took up to 1.5 % from one.
GENERATOR_WAITED = 0.01
GENERATOR_WAITED_OF_FULL_SERVER = 0.02
SERVER_WAITED = 0.05
# A harness that woke so late was stopped, as by a suspended machine: beside busy neighbours it waits a tenth of it.
STOOD_STILL_MS = 300.0
UNSTEADY = 0.15
MOST_RETRIES = 2
# Over a campaign so many windows are made again a trial, and MOST_RETRIES more: a machine that is never quiet must not
# take a multiple of the time.
RETRIES_A_TRIAL = 0.5

# A server with idle CPUs is its own limit where twice the users bring less than this more. Its thread that used so many
# cores is why; more switches an answer than the second, with which its threads gave up a CPU, hint at a lock or at I/O.
MORE_BY_TWICE = 0.03
HOT_THREAD_CORES = 0.9
MANY_SWITCHES = 2.0

# An inference in float32 (ONNX) gives the same answer where its numbers are within the first of the estimator's,
# relatively beyond 1, and the same model where no more than this share of labels, or of answers, are others.
FLOAT32_TOLERANCE = 1e-5
MOST_OTHER_ANSWERS = 0.001

# With more errors among its answers than this, a server holds no rate and shows no capacity.
ERROR_SHARE = 0.01

# A machine is too disturbed to calibrate where a spinning loop missed more than this share of a CPU's second.
DISTURBED_SHARE = 0.02

# Open loop: how late the generator may send, and which share of waiting or unanswered requests is an overload.
LATE_MS = 1.0
OVERLOAD_SHARE = 0.01
# Latencies are told apart only where the slower system is not crowded.
MOST_SHARE_OF_CAPACITY = 0.7

# Below so many repeats there is no interval; below so many requests beyond it, in so many seconds, no percentile.
LEAST_REPEATS = 3
LEAST_REQUESTS_BEYOND = 100
LEAST_SECONDS_BEYOND = 5

# Contrasts: the share of false claims that is allowed, and below which p the campaigns of a contrast are not pooled.
FALSE_CLAIMS = 0.05
HETEROGENEOUS = 0.10
# CPU that a window must use before its part in the kernel is told: twenty of the kernel's ticks of 10 ms.
LEAST_CPU_TO_SPLIT_S = 0.2
# Two systems that differ by less count as the same, where the config says nothing else.
SMALLEST_EFFECT = 0.05
SMALLEST_EFFECT_MEMORY = 0.10
# A wished precision is looked at after so many blocks of a campaign; each look takes its share of the false claims.
LOOKS = (5, 15, 40)

# Flags of a cell: they warn and do not void.
ERROR_RATE = 0.0
LITTLES_LAW_RESIDUAL = 0.05
# Little's law needs a window that is long against the response time.
LITTLES_LAW_WINDOW = 20.0
COEFFICIENT_OF_VARIATION = 0.10
INTERVAL_HALF_WIDTH = 0.15
TREND = 0.05
OTHER_CORES = 0.15
# A server grows in its window where its own memory is more than both of these above what it was.
GROWN_MIB = 16.0
GROWN_SHARE = 0.10
STEAL_CORES = 0.05
# A server ends each connection with its answer where so many of the good answers are followed by another connection.
CLOSED_SHARE = 0.90
# The trial before leaves a load of up to one a CPU behind: more than that is somebody else's.
LOAD_BEFORE_A_CPU = 1.25

# The Universal Scalability Law: sizes that a fit needs, and how many of them below the knee.
LEAST_POINTS = 6
LEAST_BELOW_KNEE = 2

# The check of the intervals: deviations that it needs, and between which shares a nominal 95 % may lie.
LEAST_DEVIATIONS = 20
NOMINAL_COVERAGE = (0.90, 0.99)

# The article's claims: ratios within these bounds are "about the same", as it says of its mean response times.
ABOUT_THE_SAME = (0.8, 1.25)
# It prints whole milliseconds: this is what still rounds to its 1 ms.
ALMOST_ZERO_MS = 1.5
