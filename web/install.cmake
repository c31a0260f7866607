# cmake -DFOLDER=... -DNPM=... -P install.cmake: npm ci in a folder, unless the packages of its lock
# file are there already. Several build folders may share the source folder, hence the lock.
file(LOCK "${FOLDER}" DIRECTORY GUARD PROCESS TIMEOUT 600)

file(SHA256 "${FOLDER}/package-lock.json" wanted)
set(stamp "${FOLDER}/node_modules/.platen-stamp")
if(EXISTS "${stamp}")
  file(READ "${stamp}" present)
  if(present STREQUAL wanted)
    return()
  endif()
endif()

# A registry may fail for a moment: one more try.
foreach(try RANGE 1 2)
  execute_process(COMMAND "${NPM}" ci --no-progress WORKING_DIRECTORY "${FOLDER}"
    RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT failed)
    file(WRITE "${stamp}" "${wanted}")
    return()
  endif()
endforeach()
message(FATAL_ERROR "npm ci in ${FOLDER} failed:\n${output}")
