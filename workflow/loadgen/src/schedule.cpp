#include "schedule.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace loadgen {
namespace {

// Where the rate's integral reaches a number of requests, for ascending numbers.
class Progress {
 public:
  explicit Progress(const std::vector<Knot>& knots) : knots_(knots) { end_of_segment(); }

  // The offset at which `number` requests are due; negative where the timetable ends before.
  double offset_of(double number) {
    while (number >= until_) {
      if (segment_ + 2 >= knots_.size()) {
        return -1.0;
      }
      ++segment_;
      before_ = until_;
      end_of_segment();
    }
    const Knot& from = knots_[segment_];
    const Knot& to = knots_[segment_ + 1];
    const double due = number - before_;
    const double slope = (to.requests_per_ns - from.requests_per_ns) / (to.at_ns - from.at_ns);
    // The root of rate x t + slope x t^2 / 2 = due that stays exact for a slope of 0.
    const double square = from.requests_per_ns * from.requests_per_ns + 2.0 * slope * due;
    const double root = from.requests_per_ns + std::sqrt(std::max(0.0, square));
    return from.at_ns + (due > 0.0 ? 2.0 * due / root : 0.0);
  }

 private:
  void end_of_segment() {
    const Knot& from = knots_[segment_];
    const Knot& to = knots_[segment_ + 1];
    until_ = before_ + (from.requests_per_ns + to.requests_per_ns) / 2.0 * (to.at_ns - from.at_ns);
  }

  const std::vector<Knot>& knots_;
  std::size_t segment_ = 0;
  double before_ = 0.0;  // requests due before the segment
  double until_ = 0.0;   // and at its end
};

}  // namespace

std::vector<Nanoseconds> make_schedule(const Specification& spec, std::size_t thread) {
  std::vector<Nanoseconds> offsets;
  Progress progress(spec.timetable);
  std::seed_seq seed{spec.seed, static_cast<std::uint64_t>(thread), static_cast<std::uint64_t>(spec.first_payload)};
  std::mt19937_64 generator(seed);
  std::exponential_distribution<double> gap(1.0);
  const auto threads = static_cast<double>(spec.threads);
  double number = spec.is_poisson ? threads * gap(generator) : static_cast<double>(thread) + spec.phase;
  for (double at = progress.offset_of(number); at >= 0.0; at = progress.offset_of(number)) {
    offsets.push_back(static_cast<Nanoseconds>(at));
    number += threads * (spec.is_poisson ? gap(generator) : 1.0);
  }
  return offsets;
}

}  // namespace loadgen
