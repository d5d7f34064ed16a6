// POST /predict with Crow's own JSON, read and written as its tutorial does.
#include "predict.hpp"

#include <crow/json.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "servebench/request_body.hpp"
#include "servebench_model.h"

namespace crow_server {
namespace {

using crow::json::rvalue;
using crow::json::type;
using crow::json::wvalue;
using servebench::problem;
using servebench::Reply;

// Reads a row into `row`, which has the model's length; returns what is wrong with it, or nothing.
std::string_view read_row(const rvalue& values, std::vector<double>& row) {
  if (values.t() != type::List || values.size() != row.size()) {
    return "a row must be an array with a number for each feature";
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    const rvalue& value = values[i];
    if (value.t() == type::Null && servebench_takes_null(static_cast<std::int32_t>(i)) != 0) {
      row[i] = servebench::missing;
      continue;
    }
    if (value.t() != type::Number) {
      return "features must be numbers";
    }
    row[i] = value.d();
    if (std::abs(row[i]) >= servebench::beyond_float32) {
      return "features must be finite in float32";
    }
  }
  return {};
}

wvalue label_of(std::int32_t best, const std::vector<double>& outputs) {
  wvalue label;
  if (servebench_is_classifier() == 0) {
    label = outputs[0];
  } else {
    label = servebench_class_label(best);
  }
  return label;
}

Reply predict_row(const rvalue& values) {
  thread_local std::vector<double> row(static_cast<std::size_t>(servebench_n_features()));
  thread_local std::vector<double> outputs(static_cast<std::size_t>(servebench_n_outputs()));
  if (const std::string_view complaint = read_row(values, row); !complaint.empty()) {
    return problem(422, complaint);
  }
  wvalue answer;
  answer["prediction"] = label_of(servebench_predict(row.data(), outputs.data()), outputs);
  if (servebench_is_classifier() != 0) {
    answer["probabilities"] = outputs;
  }
  return {200, answer.dump(), servebench::json_type};
}

Reply predict_rows(const rvalue& rows) {
  if (rows.t() != type::List || rows.size() == 0) {
    return problem(422, "'rows' must be an array of rows");
  }
  std::vector<double> row(static_cast<std::size_t>(servebench_n_features()));
  std::vector<double> outputs(static_cast<std::size_t>(servebench_n_outputs()));
  wvalue::list predictions;
  std::vector<std::vector<double>> probabilities;
  for (const rvalue& values : rows) {
    if (const std::string_view complaint = read_row(values, row); !complaint.empty()) {
      return problem(422, complaint);
    }
    predictions.push_back(label_of(servebench_predict(row.data(), outputs.data()), outputs));
    probabilities.push_back(outputs);
  }
  wvalue answer;
  answer["predictions"] = std::move(predictions);
  if (servebench_is_classifier() != 0) {
    answer["probabilities"] = probabilities;
  }
  return {200, answer.dump(), servebench::json_type};
}

}  // namespace

Reply predict(std::string_view content_type, const std::string& body) {
  if (const auto refusal = servebench::refuse_unread(content_type, body)) {
    return *refusal;
  }
  // Crow's parser takes a NUL for the end.
  const rvalue root = body.find('\0') == std::string::npos ? crow::json::load(body) : rvalue();
  if (!root) {
    return problem(400, "the body is not JSON");
  }
  if (root.t() != type::Object || root.has("features") == root.has("rows")) {
    return problem(422, "the body must be an object with 'features' or 'rows'");
  }
  return root.has("features") ? predict_row(root["features"]) : predict_rows(root["rows"]);
}

}  // namespace crow_server
