# How rooms, their SQL and their tests are built.

# platen_room(NAME SOURCES... [SQL files...] [LINK targets...]): the static library platen_<name>.
# Rooms may link only rooms below them (docs/architecture.md); a script checks the includes.
function(platen_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;SQL;LINK" ${ARGN})
  add_library(platen_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(platen_${name} PUBLIC platen_flags ${ROOM_LINK})
  if(ROOM_SQL)
    platen_sql(platen_${name} ${ROOM_SQL})
  endif()
endfunction()

# Turns sql/<aggregate>.sql (and its .pgsql.sql twin, when there is one) into
# <build>/.../<aggregate>_sql.{h,c}, which hold a store_sql for each statement.
function(platen_sql target)
  foreach(file ${ARGN})
    get_filename_component(stem "${file}" NAME_WE)
    get_filename_component(folder "${file}" DIRECTORY)
    set(source "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
    set(twin "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${stem}.pgsql.sql")
    if(NOT EXISTS "${twin}")
      set(twin "")
    endif()
    set(out "${CMAKE_CURRENT_BINARY_DIR}/${stem}_sql")
    add_custom_command(
      OUTPUT "${out}.h" "${out}.c"
      COMMAND awk -f "${CMAKE_SOURCE_DIR}/core/build/sql.awk" -v stem=${stem} -v out=${out} ${source} ${twin}
      DEPENDS "${source}" ${twin} "${CMAKE_SOURCE_DIR}/core/build/sql.awk"
      COMMENT "SQL ${stem}" VERBATIM)
    target_sources(${target} PRIVATE "${out}.c" "${out}.h")
    target_include_directories(${target} PUBLIC "${CMAKE_CURRENT_BINARY_DIR}")
    set_property(GLOBAL APPEND PROPERTY PLATEN_SQL_SOURCES "${source}")
  endforeach()
  set_property(GLOBAL APPEND PROPERTY PLATEN_SQL_TARGETS ${target})
endfunction()

# Gives `target` store_all_sql[] with every statement of the rooms added so far, and links those.
# A name that stands in two rooms fails the build here.
function(platen_sql_registry target)
  get_property(sources GLOBAL PROPERTY PLATEN_SQL_SOURCES)
  get_property(rooms GLOBAL PROPERTY PLATEN_SQL_TARGETS)
  list(REMOVE_DUPLICATES rooms)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${target}_sql_registry.c")
  set(script "${CMAKE_SOURCE_DIR}/core/build/sql_registry.awk")
  add_custom_command(
    OUTPUT "${out}"
    COMMAND awk -f "${script}" ${sources} > "${out}.new"
    COMMAND ${CMAKE_COMMAND} -E rename "${out}.new" "${out}"
    DEPENDS ${sources} "${script}"
    COMMENT "SQL registry of ${target}" VERBATIM)
  target_sources(${target} PRIVATE "${out}")
  target_link_libraries(${target} PRIVATE ${rooms})
endfunction()

# platen_plugin(NAME SOURCES... [LINK...]): the loadable <build>/plugins/<name>.so, built on the SDK
# headers alone; its own files lie beside it in <build>/plugins/<name>/.
function(platen_plugin name)
  cmake_parse_arguments(PLUGIN "" "" "SOURCES;LINK" ${ARGN})
  add_library(plugin_${name} MODULE ${PLUGIN_SOURCES})
  set_target_properties(plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME "${name}"
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/plugins")
  target_link_libraries(plugin_${name} PRIVATE platen_flags ${PLUGIN_LINK})
  if(NOT PLATEN_SANITIZE)
    target_link_options(plugin_${name} PRIVATE -Wl,-z,defs)
  endif()
  foreach(folder profiles locales sql share dictionaries pages)
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}")
      # Linked anew when one of the files changes, as only that copies them.
      file(GLOB_RECURSE files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*")
      set_property(TARGET plugin_${name} APPEND PROPERTY LINK_DEPENDS ${files})
      add_custom_command(TARGET plugin_${name} POST_BUILD
        COMMAND ${CMAKE_COMMAND} -E copy_directory "${CMAKE_CURRENT_SOURCE_DIR}/${folder}"
          "${CMAKE_BINARY_DIR}/plugins/${name}/${folder}" VERBATIM)
    endif()
  endforeach()
endfunction()

# platen_test(NAME SOURCES... LINK targets...): a cmocka program, registered with ctest as
# unit.<name>.
function(platen_test name)
  if(NOT PLATEN_TESTS)
    return()
  endif()
  cmake_parse_arguments(TEST "" "" "SOURCES;LINK" ${ARGN})
  add_executable(test_${name} ${TEST_SOURCES})
  target_link_libraries(test_${name} PRIVATE platen_flags PkgConfig::CMOCKA ${TEST_LINK})
  add_test(NAME unit.${name} COMMAND test_${name})
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()

# platen_fuzz(NAME SOURCES... LINK targets... [CORPUS folder] [REPLAY file] [CHANGES n]): with
# PLATEN_FUZZ (clang) the libFuzzer target fuzz_<name>; in test builds its replay, the test fuzz.<name>, which
# runs each file of the corpus (CORPUS, else corpus/) and, where REPLAY can, n changes of them. For
# libFuzzer the whole tree is to be built with -DCMAKE_C_FLAGS=-fsanitize=fuzzer-no-link.
function(platen_fuzz name)
  cmake_parse_arguments(FUZZ "" "CORPUS;REPLAY;CHANGES" "SOURCES;LINK" ${ARGN})
  if(PLATEN_FUZZ)
    add_executable(fuzz_${name} ${FUZZ_SOURCES})
    target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(fuzz_${name} PRIVATE ${FUZZ_LINK})
  endif()
  if(PLATEN_TESTS)
    set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/corpus")
    if(FUZZ_CORPUS)
      set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/${FUZZ_CORPUS}")
    endif()
    if(NOT FUZZ_REPLAY)
      set(FUZZ_REPLAY "${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c")
    endif()
    add_executable(replay_${name} ${FUZZ_REPLAY} ${FUZZ_SOURCES})
    target_link_libraries(replay_${name} PRIVATE ${FUZZ_LINK} platen_base)
    add_test(NAME fuzz.${name} COMMAND replay_${name} "${corpus}" ${FUZZ_CHANGES})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 300)
  endif()
endfunction()
