# platend: both roles in one binary.
include(GNUInstallDirs)
configure_file("${CMAKE_CURRENT_LIST_DIR}/version.h.in" "${CMAKE_BINARY_DIR}/generated/core/version.h" @ONLY)
add_executable(platend main.c certificate.c manager.c agent.c child.c follow.c follow_back.c follow_product.c follow_trial.c first_start.c functions.c selftest.c trial.c)
set_target_properties(platend PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
target_include_directories(platend PRIVATE "${CMAKE_BINARY_DIR}/generated")
target_compile_definitions(platend PRIVATE
  PLATEN_LIBDIR="${CMAKE_INSTALL_FULL_LIBDIR}/platen" PLATEN_DATADIR="${CMAKE_INSTALL_FULL_DATADIR}/platen")
target_link_libraries(platend PRIVATE platen_flags platen_admin platen_pack platen_database platen_feature platen_rest platen_serve platen_http platen_link_manager
  platen_link_agent platen_worker platen_agent platen_plug platen_snmp platen_flow platen_run platen_model platen_secret
  platen_store platen_conf platen_base PkgConfig::CURL PkgConfig::SECCOMP PkgConfig::SQLITE PkgConfig::SSL)
install(TARGETS platend DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(DIRECTORY "${CMAKE_SOURCE_DIR}/scripts/" DESTINATION "${CMAKE_INSTALL_DATADIR}/platen/scripts" FILES_MATCHING PATTERN "*.lua")
# Beside the program, as the plugins, for a build tree.
file(GLOB_RECURSE PLATEN_SCRIPTS RELATIVE "${CMAKE_SOURCE_DIR}" CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/scripts/*.lua")
foreach(script ${PLATEN_SCRIPTS})
  configure_file("${CMAKE_SOURCE_DIR}/${script}" "${CMAKE_BINARY_DIR}/${script}" COPYONLY)
endforeach()
