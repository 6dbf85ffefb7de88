# Turns INLET_SANITIZE into compiler flags. There are no suppression files: a finding is a bug. The flags are kept in
# INLET_SANITIZE_FLAGS for tests that build programs outside this tree against the library.

set(INLET_SANITIZE_FLAGS "")
if(INLET_SANITIZE STREQUAL "address")  # the leak checker is part of it on Linux
  set(INLET_SANITIZE_FLAGS -fsanitize=address -fno-omit-frame-pointer)
elseif(INLET_SANITIZE STREQUAL "undefined")
  # The check of virtual tables opens a pipe to look at memory, and calls every object wrong in tests that have taken all descriptors.
  set(INLET_SANITIZE_FLAGS -fsanitize=undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(INLET_SANITIZE STREQUAL "thread")
  set(INLET_SANITIZE_FLAGS -fsanitize=thread -O1 -g)
elseif(INLET_SANITIZE)
  message(FATAL_ERROR "INLET_SANITIZE is '${INLET_SANITIZE}'; it can be address, undefined, thread or empty")
endif()

add_compile_options(${INLET_SANITIZE_FLAGS})
if(INLET_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Instrumented code confuses this one of GCC's warnings, in its own library too; the dev build has it on.
  add_compile_options(-Wno-maybe-uninitialized)
endif()
add_link_options(${INLET_SANITIZE_FLAGS})
