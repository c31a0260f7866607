# Compiler and linker flags: one interface target, platen_flags, that every target links.
include(CheckCCompilerFlag)

add_library(platen_flags INTERFACE)
target_compile_definitions(platen_flags INTERFACE _GNU_SOURCE)
target_include_directories(platen_flags INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/sdk/include")
target_compile_options(platen_flags INTERFACE
  -fvisibility=hidden -fno-common
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
  -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings -Wformat=2 -Wundef -Wvla -Walloca
  -Wimplicit-fallthrough -Wswitch-enum -Wconversion -Wdouble-promotion
  # ISO C promises 4,095 characters in a literal; SQL and schemas are longer, gcc and clang take them.
  -Wno-overlength-strings)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(platen_flags INTERFACE
    -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wjump-misses-init -Wformat-overflow=2
    -Wstringop-overflow=4)
  # With a sanitizer gcc sees null paths that its own instrumentation made.
  if(NOT PLATEN_SANITIZE)
    target_compile_options(platen_flags INTERFACE -Wnull-dereference)
  endif()
endif()
if(PLATEN_WERROR)
  target_compile_options(platen_flags INTERFACE -Werror)
endif()
if(PLATEN_FUZZ)
  target_compile_options(platen_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(PLATEN_SANITIZE)
  target_compile_options(platen_flags INTERFACE -fsanitize=${PLATEN_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(platen_flags INTERFACE -fsanitize=${PLATEN_SANITIZE})
  target_compile_definitions(platen_flags INTERFACE PLATEN_ARENA_DEBUG)
else()
  target_compile_options(platen_flags INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=3>
    -fstack-protector-strong -fstack-clash-protection)
  check_c_compiler_flag(-fcf-protection PLATEN_HAS_CF_PROTECTION)
  if(PLATEN_HAS_CF_PROTECTION)
    target_compile_options(platen_flags INTERFACE -fcf-protection)
  endif()
endif()
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1")
target_link_options(platen_flags INTERFACE -Wl,-z,relro,-z,now)
