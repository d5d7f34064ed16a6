#include "result.hpp"

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace loadgen {
namespace {

namespace json = boost::json;

json::array pairs_of(const Histogram& histogram) {
  json::array pairs;
  for (const auto& [value, count] : histogram.pairs()) {
    pairs.push_back(json::array{value, count});
  }
  return pairs;
}

json::value or_null(const Histogram& histogram, std::int64_t value) {
  return histogram.total() == 0 ? json::value(nullptr) : json::value(value);
}

double to_seconds(Nanoseconds value) { return static_cast<double>(value) / static_cast<double>(second_ns); }

// Only who spins sees the gaps of its own loop.
json::value or_null(const Specification& spec, Nanoseconds gap) {
  return spec.spins ? json::value(to_seconds(gap)) : json::value(nullptr);
}

}  // namespace

void Result::add(const Result& other) {
  latencies.add(other.latencies);
  send_delays.add(other.send_delays);
  told_delays.add(other.told_delays);
  unanswered.add(other.unanswered);
  for (const auto& [kind, count] : other.errors) {
    errors[kind] += count;
  }
  series.resize(std::max(series.size(), other.series.size()));
  for (std::size_t i = 0; i < other.series.size(); ++i) {
    series[i].good += other.series[i].good;
    series[i].bad += other.series[i].bad;
    series[i].slowest_ns = std::max(series[i].slowest_ns, other.series[i].slowest_ns);
  }
  answers_checked += other.answers_checked;
  scheduled += other.scheduled;
  waited_for_connection += other.waited_for_connection;
  in_flight += other.in_flight;
  unsent += other.unsent;
  reconnects += other.reconnects;
  cpu_ns += other.cpu_ns;
  idle_cpu_ns += other.idle_cpu_ns;
  busiest_cpu_ns = std::max(busiest_cpu_ns, other.busiest_cpu_ns);
  gap_total_ns = std::max(gap_total_ns, other.gap_total_ns);
  gap_longest_ns = std::max(gap_longest_ns, other.gap_longest_ns);
}

void write_result(const Specification& spec, const Result& result) {
  json::object errors;
  for (const auto& [kind, count] : result.errors) {
    errors.emplace(kind, count);
  }
  json::array series;
  for (const Second& second : result.series) {
    const json::value slowest = second.good == 0 ? json::value(nullptr) : json::value(second.slowest_ns);
    series.push_back(json::array{second.good, second.bad, slowest});
  }
  json::value open = nullptr;
  if (spec.is_open()) {
    open = json::object{{"scheduled", result.scheduled},
                        {"waited_for_connection", result.waited_for_connection},
                        {"unsent", result.unsent},
                        {"send_delays_ns", pairs_of(result.send_delays)}};
  }
  const json::object root{{"requests", result.latencies.total()},
                          {"errors", errors},
                          {"latency_sum_ns", result.latencies.sum()},
                          {"latency_min_ns", or_null(result.latencies, result.latencies.least())},
                          {"latency_max_ns", or_null(result.latencies, result.latencies.largest())},
                          {"latencies_ns", pairs_of(result.latencies)},
                          {"told_delays_ns", pairs_of(result.told_delays)},
                          {"in_flight", result.in_flight},
                          {"unanswered_ages_ns", pairs_of(result.unanswered)},
                          {"reconnects", result.reconnects},
                          {"series", series},
                          {"answers_checked", result.answers_checked},
                          {"cpu_s", to_seconds(result.cpu_ns)},
                          {"idle_cpu_s", to_seconds(result.idle_cpu_ns)},
                          {"busiest_cpu_s", to_seconds(result.busiest_cpu_ns)},
                          {"is_spinning", spec.spins},
                          {"gap_total_s", or_null(spec, result.gap_total_ns)},
                          {"gap_longest_s", or_null(spec, result.gap_longest_ns)},
                          {"open_loop", open}};
  const std::string partial = spec.result + ".part";
  std::ofstream stream(partial);
  stream << json::serialize(root) << "\n";
  stream.close();
  if (!stream || std::rename(partial.c_str(), spec.result.c_str()) != 0) {
    throw std::runtime_error("cannot write " + spec.result);
  }
}

}  // namespace loadgen
