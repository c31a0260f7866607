# Makes <build>/platen-<version>.ppk, the package with which an installation of Platen is upgraded
# (SYS-124): cmake -DBUILD=... -DSOURCE=... -DVERSION=... [-DKEY=...] -P product-package.cmake.
# Without a key it is not signed: `platen sdk sign` does that where the key is.
execute_process(COMMAND uname -m OUTPUT_VARIABLE arch OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(folder "${BUILD}/product-package")
set(package "${BUILD}/platen-${VERSION}.ppk")
file(STRINGS "${SOURCE}/sdk/include/platen/plugin.h" numbers REGEX "define PLATEN_ABI_M(AJOR|INOR) ")
string(REGEX REPLACE "[^0-9]*([0-9]+)u;[^0-9]*([0-9]+)u" "\\1.\\2" API "${numbers}")
file(REMOVE_RECURSE "${folder}")
file(COPY "${BUILD}/platend" "${BUILD}/platen" DESTINATION "${folder}/bin/${arch}")
file(GLOB plugins "${BUILD}/plugins/*.so")
foreach(plugin ${plugins})
  get_filename_component(name "${plugin}" NAME_WE)
  file(COPY "${plugin}" DESTINATION "${folder}/lib/${arch}/plugins")
  file(COPY "${BUILD}/plugins/${name}" DESTINATION "${folder}/share/plugins"
    PATTERN CMakeFiles EXCLUDE PATTERN tests EXCLUDE PATTERN "*.cmake" EXCLUDE)
endforeach()
file(COPY "${SOURCE}/scripts/" DESTINATION "${folder}/share/scripts" FILES_MATCHING PATTERN "*.lua")
if(EXISTS "${BUILD}/web/index.html")
  file(COPY "${BUILD}/web" DESTINATION "${folder}/share")
endif()
file(COPY "${SOURCE}/LICENSE" "${SOURCE}/CHANGELOG.md" DESTINATION "${folder}")
file(WRITE "${folder}/manifest.json" "{
  \"format\": 1,
  \"kind\": \"product\",
  \"name\": \"platen\",
  \"version\": \"${VERSION}\",
  \"title\": \"Platen\",
  \"publisher\": \"Platen\",
  \"api\": \"${API}\",
  \"roles\": [\"manager\", \"agent\"]
}
")
execute_process(COMMAND "${BUILD}/platen" sdk pack "${folder}" --out "${package}" COMMAND_ERROR_IS_FATAL ANY)
if(KEY)
  execute_process(COMMAND "${BUILD}/platen" sdk sign "${package}" --key "${KEY}" COMMAND_ERROR_IS_FATAL ANY)
endif()
