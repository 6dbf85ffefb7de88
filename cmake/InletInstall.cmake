# What `cmake --install` writes. Nothing that is installed knows the prefix: a prefix can be moved as a whole.
#
#   include/inlet/            the public headers; this folder is the include path, so programs write <cswsock10.h>
#   lib/                      libinlet.so, libinlet.a
#   lib/pkgconfig/inlet.pc    for pkg-config
#   lib/cmake/inlet/          for find_package(inlet): inlet::inlet (shared) and inlet::inlet_static
#   share/doc/inlet/LICENSE
#   share/man/man3/           a page for each function
include(CMakePackageConfigHelpers)

set(inlet_header_dir ${CMAKE_INSTALL_INCLUDEDIR}/inlet)
set(inlet_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/inlet)
set(inlet_pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS inlet inlet_static EXPORT inletTargets
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${inlet_header_dir})
install(EXPORT inletTargets NAMESPACE inlet:: DESTINATION ${inlet_cmake_dir})

set(inlet_header_patterns FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${inlet_header_dir} ${inlet_header_patterns})
if(NOT WIN32)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include-linux/ DESTINATION ${inlet_header_dir} ${inlet_header_patterns})
endif()
install(DIRECTORY ${INLET_GENERATED_INCLUDE_DIR}/ DESTINATION ${inlet_header_dir} ${inlet_header_patterns})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/inletConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/inletConfig.cmake INSTALL_DESTINATION ${inlet_cmake_dir})
# Until 1.0 a new minor version may break sources.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/inletConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/inletConfig.cmake ${PROJECT_BINARY_DIR}/inletConfigVersion.cmake
        DESTINATION ${inlet_cmake_dir})

# From the folder of inlet.pc back to the prefix, as far as the folders allow it.
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR} OR IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR})
  set(inlet_pc_prefix ${CMAKE_INSTALL_PREFIX})
  set(inlet_pc_libdir ${CMAKE_INSTALL_FULL_LIBDIR})
  set(inlet_pc_includedir ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
  file(RELATIVE_PATH inlet_pc_to_prefix /prefix/${inlet_pc_dir} /prefix)
  string(REGEX REPLACE "/$" "" inlet_pc_to_prefix "${inlet_pc_to_prefix}")
  set(inlet_pc_prefix "\${pcfiledir}/${inlet_pc_to_prefix}")
  set(inlet_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(inlet_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/inlet.pc.in ${PROJECT_BINARY_DIR}/inlet.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/inlet.pc DESTINATION ${inlet_pc_dir})

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/man/man3/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man3
        FILES_MATCHING PATTERN "*.3")
