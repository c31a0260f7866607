# platen_add_plugin(NAME SOURCES file... [LINK library...] [SHARE folder]): the target NAME, which is
# <build>/plugin/<name>.so with its own files in <build>/plugin/<name>/, as Platen loads it; and
# <build>/package/, as `platen sdk pack` takes it: manifest.json, LICENSE and CHANGELOG.md from the
# source folder, the library of this architecture, and SHARE (default: share/, when it is there).
function(platen_add_plugin name)
  cmake_parse_arguments(PLUGIN "" "SHARE" "SOURCES;LINK" ${ARGN})
  if(NOT PLUGIN_SHARE AND EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/share")
    set(PLUGIN_SHARE share)
  endif()
  set(plugin "${CMAKE_CURRENT_BINARY_DIR}/plugin")
  set(package "${CMAKE_CURRENT_BINARY_DIR}/package")
  add_library(${name} MODULE ${PLUGIN_SOURCES})
  # A plugin exports one symbol, and lacks none.
  set_target_properties(${name} PROPERTIES PREFIX "" OUTPUT_NAME "${name}" C_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY "${plugin}")
  target_compile_features(${name} PRIVATE c_std_17)
  target_link_libraries(${name} PRIVATE Platen::sdk ${PLUGIN_LINK})
  # The same sources give the same bytes, wherever they lie.
  target_compile_options(${name} PRIVATE "-ffile-prefix-map=${CMAKE_CURRENT_SOURCE_DIR}=.")
  target_link_options(${name} PRIVATE -Wl,-z,relro,-z,now,-z,defs -Wl,--build-id=sha1)
  set(commands
    COMMAND ${CMAKE_COMMAND} -E rm -rf "${package}"
    COMMAND ${CMAKE_COMMAND} -E make_directory "${package}/lib/${CMAKE_SYSTEM_PROCESSOR}"
    COMMAND ${CMAKE_COMMAND} -E copy "$<TARGET_FILE:${name}>" "${package}/lib/${CMAKE_SYSTEM_PROCESSOR}/")
  foreach(file manifest.json LICENSE CHANGELOG.md)
    list(APPEND commands COMMAND ${CMAKE_COMMAND} -E copy "${CMAKE_CURRENT_SOURCE_DIR}/${file}" "${package}/")
  endforeach()
  if(PLUGIN_SHARE)
    list(APPEND commands
      COMMAND ${CMAKE_COMMAND} -E copy_directory "${CMAKE_CURRENT_SOURCE_DIR}/${PLUGIN_SHARE}" "${package}/share"
      COMMAND ${CMAKE_COMMAND} -E rm -rf "${plugin}/${name}"
      COMMAND ${CMAKE_COMMAND} -E copy_directory "${CMAKE_CURRENT_SOURCE_DIR}/${PLUGIN_SHARE}" "${plugin}/${name}")
  endif()
  add_custom_target(${name}-package ALL ${commands} DEPENDS ${name} COMMENT "package of ${name}" VERBATIM)
endfunction()

# platen_add_plugin_test(NAME PLUGIN SOURCES file... [LINK library...]): a test with the test kit,
# which finds the plugin by the macros PLUGIN_FILE and PLUGIN_FOLDER and its own folder by
# TEST_FOLDER; and the contract, by `platen sdk check`, as <plugin>.contract.
function(platen_add_plugin_test name plugin)
  cmake_parse_arguments(TEST "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE Platen::testkit ${TEST_LINK})
  target_compile_features(${name} PRIVATE c_std_17)
  target_compile_definitions(${name} PRIVATE PLUGIN_FILE="$<TARGET_FILE:${plugin}>"
    PLUGIN_FOLDER="${CMAKE_CURRENT_BINARY_DIR}/plugin/${plugin}" TEST_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}/tests")
  add_dependencies(${name} ${plugin}-package)
  add_test(NAME ${plugin}.${name} COMMAND ${name})
  add_test(NAME ${plugin}.contract COMMAND "${PLATEN_CLIENT}" sdk check "$<TARGET_FILE:${plugin}>")
endfunction()
