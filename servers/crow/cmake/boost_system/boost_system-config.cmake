# Boost.System has been headers only since 1.69; this stands in for the library that 1.89 removed.
if(NOT TARGET Boost::system)
  add_library(Boost::system INTERFACE IMPORTED)
  target_link_libraries(Boost::system INTERFACE Boost::headers)
endif()
