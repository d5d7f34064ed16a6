// POST /predict as the other C++ servers answer it, with Boost.JSON.
#include "predict.hpp"

namespace crow_server {

servebench::Reply predict(std::string_view content_type, const std::string& body) {
  return servebench::predict(content_type, body);
}

}  // namespace crow_server
