#include "servebench/api.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "json_text.hpp"
#include "servebench/request_body.hpp"
#include "servebench_model.h"

namespace servebench {
namespace {

namespace json = boost::json;

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
  if (content_type == json_type) {
    return true;
  }
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && (content_type.back() == ' ' || content_type.back() == '\t')) {
    content_type.remove_suffix(1);
  }
  return std::ranges::equal(content_type, json_type,
                            [](unsigned char left, unsigned char right) { return std::tolower(left) == right; });
}

// Of one row or of several: what the answer is written from, one row behind the other.
struct Predictions {
  std::span<const std::int32_t> best;
  std::span<const double> outputs;
};

// Asks the model row by row; the memory is used again by the thread's next request.
Predictions ask_model(std::span<const double> values, std::size_t row_length) {
  thread_local std::vector<std::int32_t> best;
  thread_local std::vector<double> outputs;
  const auto n_outputs = static_cast<std::size_t>(servebench_n_outputs());
  const std::size_t rows = values.size() / row_length;
  best.resize(rows);
  outputs.resize(rows * n_outputs);
  for (std::size_t row = 0; row < rows; ++row) {
    best[row] = servebench_predict(&values[row * row_length], &outputs[row * n_outputs]);
  }
  return {best, outputs};
}

// The label of a class, or the value of a regression.
void append_prediction(JsonText& text, std::int32_t best, double output) {
  if (servebench_is_classifier() == 0) {
    text.number(output);
  } else {
    text.number(servebench_class_label(best));
  }
}

std::string write_one(const Predictions& found) {
  JsonText text(1 + found.outputs.size());
  text.raw(R"({"prediction":)");
  append_prediction(text, found.best[0], found.outputs[0]);
  if (servebench_is_classifier() != 0) {
    text.raw(R"(,"probabilities":)");
    text.array(found.outputs);
  }
  text.raw("}");
  return std::move(text).text();
}

std::string write_many(const Predictions& found) {
  const std::size_t n_outputs = found.outputs.size() / found.best.size();
  JsonText text(found.best.size() + found.outputs.size());
  text.raw(R"({"predictions":)");
  text.array(found.best.size(),
             [&](std::size_t row) { append_prediction(text, found.best[row], found.outputs[row * n_outputs]); });
  if (servebench_is_classifier() != 0) {
    text.raw(R"(,"probabilities":)");
    text.array(found.best.size(),
               [&](std::size_t row) { text.array(found.outputs.subspan(row * n_outputs, n_outputs)); });
  }
  text.raw("}");
  return std::move(text).text();
}

}  // namespace

Reply problem(unsigned status, std::string_view detail) {
  const json::object body{{"type", "about:blank"}, {"title", title_of(status)}, {"status", status}, {"detail", detail}};
  return {status, json::serialize(body), problem_type};
}

std::string_view allowed_methods(std::string_view path) {
  if (path == predict_path || path == echo_path) {
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
  thread_local std::vector<double> values;
  const auto row_length = static_cast<std::size_t>(servebench_n_features());
  const RequestBody read = read_body(body, {row_length, servebench_takes_null}, values);
  if (!read.is_json) {
    return problem(400, "the body is not JSON");
  }
  if (!read.complaint.empty()) {
    return problem(422, read.complaint);
  }
  const Predictions found = ask_model(values, row_length);
  if (!std::ranges::all_of(found.outputs, [](double value) { return std::isfinite(value); })) {
    return problem(422, "the model does not take this row: its prediction is not finite");
  }
  return {200, read.has_many ? write_many(found) : write_one(found), json_type};
}

Reply echo(std::string_view content_type, std::string_view body) {
  if (const auto refusal = refuse_unread(content_type, body)) {
    return *refusal;
  }
  return {200, std::string(body), json_type};
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
