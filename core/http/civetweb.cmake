# civetweb as the target platen_civetweb: the system's library where it works, which a real TLS
# handshake over IPv6 shows, else the distribution's own source package built as a static library.
# Debian 12's binary crashes on TLS under OpenSSL 3 and lacks IPv6.
set(PLATEN_CIVETWEB_SOURCE "" CACHE PATH "A civetweb source tree (1.15 or newer) to build instead of fetching one")

if(NOT PLATEN_CIVETWEB_SOURCE)
  find_path(CIVETWEB_INCLUDE civetweb.h)
  find_library(CIVETWEB_LIBRARY civetweb)
  if(CIVETWEB_INCLUDE AND CIVETWEB_LIBRARY)
    if(NOT DEFINED CIVETWEB_PROBE_RAN)
      message(STATUS "Trying the system's civetweb")
      try_run(CIVETWEB_PROBE_RAN CIVETWEB_PROBE_BUILT
        "${CMAKE_CURRENT_BINARY_DIR}/probe" "${CMAKE_CURRENT_SOURCE_DIR}/probe-civetweb.c"
        CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${CIVETWEB_INCLUDE}"
        LINK_LIBRARIES "${CIVETWEB_LIBRARY}" ${SSL_LDFLAGS} Threads::Threads)
    endif()
    if(CIVETWEB_PROBE_BUILT AND "${CIVETWEB_PROBE_RAN}" STREQUAL "0")
      set(CIVETWEB_SYSTEM TRUE)
    else()
      message(STATUS "The system's civetweb is of no use here: its TLS or IPv6 does not work")
    endif()
  endif()
endif()

if(CIVETWEB_SYSTEM)
  message(STATUS "civetweb: the system's ${CIVETWEB_LIBRARY}")
  add_library(platen_civetweb INTERFACE)
  target_include_directories(platen_civetweb SYSTEM INTERFACE "${CIVETWEB_INCLUDE}")
  target_link_libraries(platen_civetweb INTERFACE "${CIVETWEB_LIBRARY}" PkgConfig::SSL)
else()
  if(PLATEN_CIVETWEB_SOURCE)
    set(civetweb_tree "${PLATEN_CIVETWEB_SOURCE}")
  else()
    set(civetweb_tree "${CMAKE_BINARY_DIR}/civetweb/source")
    execute_process(COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/fetch-civetweb.sh" "${CMAKE_BINARY_DIR}"
      RESULT_VARIABLE civetweb_fetched)
    if(NOT civetweb_fetched EQUAL 0)
      message(FATAL_ERROR "civetweb's source could not be fetched, see above")
    endif()
  endif()
  if(NOT EXISTS "${civetweb_tree}/src/civetweb.c")
    message(FATAL_ERROR "${civetweb_tree} holds no src/civetweb.c")
  endif()
  message(STATUS "civetweb: built from ${civetweb_tree}")

  add_library(platen_civetweb STATIC "${civetweb_tree}/src/civetweb.c")
  target_include_directories(platen_civetweb SYSTEM PUBLIC "${civetweb_tree}/include")
  # A thread a connection: a small stack lets thousands of threads wait; sanitizers need more.
  if(PLATEN_SANITIZE)
    set(civetweb_stack 2097152)
    # Its stop flag is a plain integer on purpose: the thread sanitizer looks at our side only.
    if(NOT PLATEN_SANITIZE STREQUAL "thread")
      target_compile_options(platen_civetweb PRIVATE -fsanitize=${PLATEN_SANITIZE} -fno-omit-frame-pointer)
    endif()
  else()
    set(civetweb_stack 524288)
  endif()
  target_compile_definitions(platen_civetweb PRIVATE
    _GNU_SOURCE NO_SSL_DL OPENSSL_API_3_0 USE_IPV6 USE_ZLIB USE_WEBSOCKET NO_CGI NO_CACHING NO_FILES
    MAX_WORKER_THREADS=16384 USE_STACK_SIZE=${civetweb_stack})
  target_compile_options(platen_civetweb PRIVATE -w -fvisibility=hidden -O2)
  target_link_libraries(platen_civetweb PUBLIC PkgConfig::SSL PkgConfig::ZLIB Threads::Threads dl)
endif()
