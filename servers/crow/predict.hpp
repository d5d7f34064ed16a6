// What answers POST /predict: a server that shares this one brings its own.
#pragma once

#include <string>
#include <string_view>

#include "servebench/api.hpp"

namespace crow_server {

servebench::Reply predict(std::string_view content_type, const std::string& body);

}  // namespace crow_server
