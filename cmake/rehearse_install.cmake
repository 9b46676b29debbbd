# What `cmake --install` puts where: the programs with their completions and manual pages, the unit for systemd, the schema
# for editors, and the libraries that others find by find_package(rehearse): docs/library.md. CPack makes a Debian package of
# the programs alone.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS rehearse RUNTIME COMPONENT programs)
if(TARGET runner)
  install(TARGETS runner RUNTIME COMPONENT programs)
  install(FILES packaging/runner.service DESTINATION lib/systemd/system COMPONENT programs)
  install(FILES packaging/runner.env.example packaging/alerts.yml DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT programs)
  # What the alerts refer to.
  install(FILES docs/metrics.md docs/production.md docs/resilience.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT programs)
endif()

# What rehearse_reference() made. The paths are those of Debian's shells.
function(rehearse_install_reference program)
  set(folder ${CMAKE_BINARY_DIR}/reference)
  install(FILES ${folder}/bash/${program} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    COMPONENT programs)
  install(FILES ${folder}/zsh/_${program} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT programs)
  install(FILES ${folder}/fish/${program}.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
    COMPONENT programs)
  install(FILES ${folder}/man/${program}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT programs)
endfunction()
rehearse_install_reference(rehearse)
if(TARGET runner)
  rehearse_install_reference(runner)
endif()

install(FILES scenarios/schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/rehearse COMPONENT programs)
install(DIRECTORY scenarios/documented DESTINATION ${CMAKE_INSTALL_DATADIR}/rehearse/scenarios COMPONENT programs)

# The libraries: the core, whose retry loop stands on a clock and a sink of events alone, the two clocks, and the HTTP
# transport, which only those get who ask for the component `transport` and have libcurl.
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/rehearse)
function(rehearse_install_library target name export_set)
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/rehearse>)
  string(REPLACE _ - file ${name})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME rehearse-${file} EXPORT_NAME ${name})
  target_compile_features(${target} INTERFACE cxx_std_20)
  install(TARGETS ${target} EXPORT ${export_set} ARCHIVE COMPONENT library)
endfunction()
function(rehearse_install_headers folder)
  get_filename_component(parent ${folder} DIRECTORY)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rehearse/${parent} COMPONENT library
    FILES_MATCHING PATTERN "*.h" ${ARGN})
endfunction()
rehearse_install_library(core core rehearse-targets)
rehearse_install_library(virtual_time virtual_time rehearse-targets)
rehearse_install_headers(core PATTERN production EXCLUDE)
rehearse_install_headers(sim/kernel)
rehearse_install_library(real_time real_time rehearse-targets)
rehearse_install_headers(core/production/time)
rehearse_install_library(curl_transport transport rehearse-transport-targets)
rehearse_install_headers(core/production/http)
install(EXPORT rehearse-transport-targets NAMESPACE rehearse:: DESTINATION ${package} COMPONENT library)
# Where xxHash lies is found on the machine that uses the library: packaging/rehearse-config.cmake.in.
target_link_libraries(core INTERFACE $<INSTALL_INTERFACE:rehearse::xxhash>)
install(EXPORT rehearse-targets NAMESPACE rehearse:: DESTINATION ${package} COMPONENT library)
configure_package_config_file(packaging/rehearse-config.cmake.in ${CMAKE_BINARY_DIR}/rehearse-config.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/rehearse-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/rehearse-config.cmake ${CMAKE_BINARY_DIR}/rehearse-config-version.cmake
  DESTINATION ${package} COMPONENT library)

# Under the name and at the place that Debian has for it.
foreach(component programs library)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/rehearse RENAME copyright COMPONENT ${component})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rehearse)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Runs jobs that call LLM and GitHub APIs, and rehearses their retries")
set(CPACK_PACKAGE_CONTACT "The Rehearse developers <rehearse@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_COMPONENTS_ALL programs)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_STRIP_FILES ON)
include(CPack)
