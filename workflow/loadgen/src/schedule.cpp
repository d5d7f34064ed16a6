#include "schedule.hpp"

#include <cmath>
#include <random>

namespace loadgen {
namespace {

std::vector<Nanoseconds> even_grid(double interval_ns, std::size_t threads, std::size_t thread, double length_ns) {
  std::vector<Nanoseconds> offsets;
  for (std::size_t i = thread; static_cast<double>(i) * interval_ns < length_ns; i += threads) {
    offsets.push_back(static_cast<Nanoseconds>(static_cast<double>(i) * interval_ns));
  }
  return offsets;
}

std::vector<Nanoseconds> poisson(double interval_ns, std::seed_seq& seed, double length_ns) {
  std::mt19937_64 generator(seed);
  std::exponential_distribution<double> gap(1.0 / interval_ns);
  std::vector<Nanoseconds> offsets;
  for (double at = gap(generator); at < length_ns; at += gap(generator)) {
    offsets.push_back(static_cast<Nanoseconds>(at));
  }
  return offsets;
}

}  // namespace

std::vector<Nanoseconds> make_schedule(const Specification& spec, std::size_t thread) {
  const double length_ns = static_cast<double>(spec.warmup_ns + spec.duration_ns);
  const double interval_ns = static_cast<double>(second_ns) / spec.rate_rps;
  if (!spec.is_poisson) {
    return even_grid(interval_ns, spec.threads, thread, length_ns);
  }
  std::seed_seq seed{spec.seed, static_cast<std::uint64_t>(thread), static_cast<std::uint64_t>(spec.first_payload)};
  return poisson(interval_ns * static_cast<double>(spec.threads), seed, length_ns);
}

}  // namespace loadgen
