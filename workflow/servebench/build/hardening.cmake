# What every C++ program that is built here is hardened by, as far as its compiler knows it: included after project().
# Sanitizers, which FORTIFY_SOURCE would hide errors from, are built without it.
if(NOT SERVEBENCH_HARDENING OR NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)
include(CheckPIESupported)

# Addresses that nobody knows beforehand.
check_pie_supported(LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# A written-over stack is noticed; jumps land only where they may (CET, or BTI on Arm).
foreach(flag -fstack-protector-strong -fcf-protection=full -mbranch-protection=standard)
  string(MAKE_C_IDENTIFIER "takes${flag}" takes)
  check_cxx_compiler_flag(${flag} ${takes})
  if(${takes})
    add_compile_options(${flag})
  endif()
endforeach()

# Copies know how large their target is; only an optimizing compiler tells them.
add_compile_options("$<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")

# What the loader has filled in cannot be written to afterwards.
foreach(flag -Wl,-z,relro -Wl,-z,now)
  string(MAKE_C_IDENTIFIER "takes${flag}" takes)
  check_linker_flag(CXX ${flag} ${takes})
  if(${takes})
    add_link_options(${flag})
  endif()
endforeach()
