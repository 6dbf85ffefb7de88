# What a build of Inlet can be asked for, and the compiler settings that follow. The settings hold for Inlet's own folders
# only, so a project that takes Inlet in with add_subdirectory keeps its own.

set(INLET_SANITIZE "" CACHE STRING "Build with a sanitizer: address, undefined or thread; empty for none")
set_property(CACHE INLET_SANITIZE PROPERTY STRINGS "" address undefined thread)

set(inlet_bench_default ${PROJECT_IS_TOP_LEVEL})
if(INLET_SANITIZE)
  set(inlet_bench_default OFF)  # a sanitizer's figures say nothing about speed
endif()

option(INLET_WERROR "Treat warnings as errors" ${PROJECT_IS_TOP_LEVEL})
option(INLET_BUILD_TESTS "Build the tests (needs GoogleTest)" ${PROJECT_IS_TOP_LEVEL})
option(INLET_BUILD_TOOL "Build the inlet tool (needs CLI11 and fmt)" ${PROJECT_IS_TOP_LEVEL})
option(INLET_BUILD_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(INLET_BUILD_FUZZERS "Build the fuzzers of tests/fuzz (needs clang)" OFF)
option(INLET_BUILD_BENCH "Build the benchmarks" ${inlet_bench_default})

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Kind of build" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Only what carries INLET_API leaves the shared library.
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

# -fmacro-prefix-map makes assertions name a file as it is known in the project, not where it lay on the machine that built it.
add_compile_options(-Wall -Wextra -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(INLET_WERROR)
  add_compile_options(-Werror)
endif()

# Installed programs find the library beside themselves, wherever the prefix is moved to.
if(NOT WIN32 AND PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_INSTALL_RPATH)
  file(RELATIVE_PATH inlet_bin_to_lib ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set(CMAKE_INSTALL_RPATH "$ORIGIN/${inlet_bin_to_lib}")
endif()
