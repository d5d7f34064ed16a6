// When open-loop requests are to start: made before the run, seeded.
#pragma once

#include <vector>

#include "specification.hpp"

namespace loadgen {

// Offsets from the start, ascending, as the timetable says, for thread `thread` of all threads.
// Constant: the threads take turns on one grid. Poisson: a thinned process a thread; the rate stretches its time.
std::vector<Nanoseconds> make_schedule(const Specification& spec, std::size_t thread);

}  // namespace loadgen
