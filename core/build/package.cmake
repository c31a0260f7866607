# `product-package`: the package that upgrades an installation; see product-package.cmake.
set(PLATEN_PACKAGE_KEY "" CACHE FILEPATH "The private Ed25519 key that signs the product's package")
add_custom_target(product-package
  COMMAND ${CMAKE_COMMAND} "-DBUILD=${CMAKE_BINARY_DIR}" "-DSOURCE=${CMAKE_SOURCE_DIR}" "-DVERSION=${PROJECT_VERSION}"
    "-DKEY=${PLATEN_PACKAGE_KEY}" -P "${CMAKE_SOURCE_DIR}/core/build/product-package.cmake"
  VERBATIM)
add_dependencies(product-package platend platen_client)
foreach(plugin ${PLATEN_PLUGINS})
  if(TARGET plugin_${plugin})
    add_dependencies(product-package plugin_${plugin})
  endif()
endforeach()
