#include "specification.hpp"

#include <boost/json.hpp>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace loadgen {
namespace {

namespace json = boost::json;

Nanoseconds seconds(const json::object& spec, std::string_view name) {
  return static_cast<Nanoseconds>(spec.at(name).to_number<double>() * static_cast<double>(second_ns));
}

std::string text(const json::object& spec, std::string_view name) { return std::string(spec.at(name).as_string()); }

std::string headers(const json::object& named) {
  std::string lines;
  for (const json::key_value_pair& header : named) {
    lines += std::string(header.key()) + ": " + std::string(header.value().as_string()) + "\r\n";
  }
  return lines;
}

// Pairs of seconds and requests a second, or null.
std::vector<Knot> timetable(const json::value& pairs) {
  std::vector<Knot> knots;
  if (!pairs.is_null()) {
    for (const json::value& pair : pairs.as_array()) {
      const json::array& knot = pair.as_array();
      knots.push_back({.at_ns = knot.at(0).to_number<double>() * static_cast<double>(second_ns),
                       .requests_per_ns = knot.at(1).to_number<double>() / static_cast<double>(second_ns)});
    }
  }
  return knots;
}

}  // namespace

Specification read_specification(const std::string& path) {
  std::ifstream stream(path);
  if (!stream) {
    throw std::runtime_error("cannot read the specification " + path);
  }
  std::stringstream content;
  content << stream.rdbuf();
  const json::value root = json::parse(content.str());
  const json::object& spec = root.as_object();
  const json::object& options = spec.at("options").as_object();
  return {.host = text(spec, "host"),
          .port = std::to_string(spec.at("port").to_number<int>()),
          .connections = spec.at("users").to_number<std::size_t>(),
          .threads = options.at("threads").to_number<std::size_t>(),
          .timetable = timetable(spec.at("timetable")),
          .is_poisson = text(spec, "arrivals") == "poisson",
          .spins = options.at("spins").as_bool(),
          .seed = spec.at("seed").to_number<std::uint64_t>(),
          .think_ns = seconds(spec, "think_time_s"),
          .greeting_ns = seconds(spec, "greeting_s"),
          .greetings_at_once = spec.at("greetings_at_once").to_number<std::size_t>(),
          .ramp_ns = seconds(spec, "ramp_s"),
          .warmup_ns = seconds(spec, "warmup_s"),
          .duration_ns = seconds(spec, "duration_s"),
          .timeout_ns = seconds(spec, "timeout_s"),
          .method = text(spec, "method"),
          .path = text(spec, "path"),
          .headers = headers(spec.at("headers").as_object()),
          .payloads = text(spec, "payloads"),
          .golden = text(spec, "golden"),
          .first_payload = spec.at("first_payload").to_number<std::size_t>(),
          .phase = spec.at("phase").to_number<double>(),
          .result = text(spec, "result")};
}

}  // namespace loadgen
