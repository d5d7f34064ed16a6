#include "servebench/api.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cctype>
#include <cmath>
#include <span>
#include <vector>

#include "servebench_model.h"

namespace servebench {
namespace {

namespace json = boost::json;

// Parsing takes its memory from here before it asks the heap: a request's JSON fits.
constexpr std::size_t scratch_bytes = 16 * 1024;

std::string_view title_of(unsigned status) {
  switch (status) {
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    default: return "Error";
  }
}

bool is_json_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && (content_type.back() == ' ' || content_type.back() == '\t')) {
    content_type.remove_suffix(1);
  }
  return std::ranges::equal(content_type, json_type,
                            [](unsigned char left, unsigned char right) { return std::tolower(left) == right; });
}

// Writes the features to `row`; returns what is wrong with them, or nothing.
std::string_view read_features(const json::value& root, std::span<double> row) {
  const json::object* object = root.if_object();
  const json::value* features = object != nullptr ? object->if_contains("features") : nullptr;
  const json::array* values = features != nullptr ? features->if_array() : nullptr;
  if (values == nullptr) {
    return "the body must be an object with an array 'features'";
  }
  if (values->size() != row.size()) {
    return "'features' has the wrong length";
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    const json::value& value = (*values)[i];
    if (!value.is_number()) {
      return "'features' must hold numbers only";
    }
    row[i] = value.to_number<double>();
    if (std::abs(row[i]) >= beyond_float32) {
      return "features must be finite in float32";
    }
  }
  return {};
}

std::string write_prediction(std::int32_t best, std::span<const double> outputs, json::storage_ptr memory) {
  json::object answer(memory);
  if (servebench_is_classifier() == 0) {
    answer.emplace("prediction", outputs[0]);
  } else {
    answer.emplace("prediction", servebench_class_label(best));
    answer.emplace("probabilities", json::array(outputs.begin(), outputs.end(), memory));
  }
  return json::serialize(answer);
}

}  // namespace

Reply problem(unsigned status, std::string_view detail) {
  const json::object body{{"type", "about:blank"}, {"title", title_of(status)}, {"status", status}, {"detail", detail}};
  return {status, json::serialize(body), problem_type};
}

std::string_view allowed_methods(std::string_view path) {
  if (path == predict_path) {
    return "POST";
  }
  return path == health_path ? "GET, HEAD" : std::string_view{};
}

Reply unrouted(std::string_view allowed) {
  return allowed.empty() ? problem(404, "no such path") : problem(405, "this path does not take this method");
}

std::optional<Reply> refuse_unread(std::string_view content_type, std::string_view body) {
  if (!is_json_type(content_type)) {
    return problem(415, "the content type must be application/json");
  }
  if (body.size() > body_limit_bytes) {
    return problem(413, "the body is larger than 1 MiB");
  }
  return std::nullopt;
}

Reply predict(std::string_view content_type, std::string_view body) {
  if (const auto refusal = refuse_unread(content_type, body)) {
    return *refusal;
  }
  std::array<unsigned char, scratch_bytes> scratch;
  json::monotonic_resource memory(scratch.data(), scratch.size());
  boost::system::error_code error;
  const json::value root = json::parse(body, error, &memory);
  if (error) {
    return problem(400, "the body is not JSON");
  }
  thread_local std::vector<double> row(static_cast<std::size_t>(servebench_n_features()));
  if (const std::string_view complaint = read_features(root, row); !complaint.empty()) {
    return problem(422, complaint);
  }
  thread_local std::vector<double> outputs(static_cast<std::size_t>(servebench_n_outputs()));
  const std::int32_t best = servebench_predict(row.data(), outputs.data());
  return {200, write_prediction(best, outputs, &memory), json_type};
}

Reply health(std::string_view server, std::string_view version) {
  const json::object body{{"status", "ok"},
                          {"model_hash", servebench_model_hash()},
                          {"server", server},
                          {"version", version},
                          {"inference", "compiled"}};
  return {200, json::serialize(body), json_type};
}

}  // namespace servebench
