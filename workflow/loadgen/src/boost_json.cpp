// Boost.JSON compiled once, so that no installed Boost library is needed.
#include <boost/json/src.hpp>
