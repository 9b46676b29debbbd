# What every target of the project is built with, and the one function that makes a layer.

include(rehearse_packages)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

find_program(REHEARSE_CCACHE ccache)
if(REHEARSE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(launcher ${CMAKE_CURRENT_LIST_DIR}/cached_compiler.sh ${CMAKE_SOURCE_DIR})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

# The fast linker where the compiler knows it.
find_program(REHEARSE_MOLD mold)
if(REHEARSE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# Designated initializers name what differs from the defaults; the rest is meant to be left out.
add_compile_options(-Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 takes the frame allocator of an inlined coroutine for a mismatch, the unused alternatives of a variant for
  # uninitialized, and what fmt writes from the end of a buffer for what is before its beginning; clang, which builds the
  # same sources, sees the real ones.
  add_compile_options(-Wno-mismatched-new-delete -Wno-maybe-uninitialized -Wno-array-bounds)
endif()
if(CMAKE_UNITY_BUILD)
  # Several sources are compiled as one there: a name within a function may be that of another source's own. The release
  # build, which compiles each alone, looks for shadows.
  add_compile_options(-Wno-shadow)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc takes such a source for a header that others include.
  add_compile_options(-Wno-subobject-linkage)
endif()
# One result on every machine: no fused multiply-add that one compiler uses and another does not.
add_compile_options(-ffp-contract=off)
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # A precompiled header read by every file defines more than each one uses.
  add_compile_options(-Wno-unused-command-line-argument)
  add_compile_options(-fpch-instantiate-templates)
endif()
if(REHEARSE_LIBCXX)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-stdlib=libc++>)
  add_link_options(-stdlib=libc++)
  rehearse_use_unpacked_libcxx()
endif()

find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LUA REQUIRED lua5.1)
pkg_check_modules(XXHASH REQUIRED libxxhash)
# Both are called so often that the detour over a shared library's table of addresses can be measured.
find_library(REHEARSE_LUA NAMES liblua5.1.a REQUIRED)
find_library(REHEARSE_XXHASH NAMES libxxhash.a REQUIRED)

# The packaged libfmt is built for libstdc++.
if(REHEARSE_LIBCXX)
  set(REHEARSE_FMT fmt::fmt-header-only)
else()
  set(REHEARSE_FMT fmt::fmt)
endif()

# Includes are written from the repository's root ("core/time/time.h"), but each layer sees only the layers that it may
# use: its include path is a folder of links to just those. A forbidden include does not compile.
function(rehearse_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;MAY_INCLUDE;LINKS" ${ARGN})
  set(view ${CMAKE_BINARY_DIR}/include/${name})
  file(REMOVE_RECURSE ${view})  # The links alone: what an earlier configuration let it see.
  file(MAKE_DIRECTORY ${view})
  foreach(layer ${name} ${ARG_MAY_INCLUDE})
    get_filename_component(parent ${view}/${layer} DIRECTORY)
    file(MAKE_DIRECTORY ${parent})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${layer} ${view}/${layer} SYMBOLIC)
  endforeach()
  if(NOT ARG_SOURCES)
    message(FATAL_ERROR "${name} has no sources")
  endif()
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${view})
  target_link_libraries(${name} PUBLIC ${ARG_LINKS})
endfunction()

# A simulated world is made of many small things, which mimalloc hands out faster than the C library. Programs that run
# worlds by the thousand are linked with it, but under a sanitizer, whose allocator finds errors.
function(rehearse_fast_memory program)
  string(FIND "${CMAKE_CXX_FLAGS_DEBUG}" "-fsanitize" sanitizer)
  if(sanitizer EQUAL -1 OR NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    find_package(mimalloc REQUIRED)
    target_link_libraries(${program} PRIVATE mimalloc)
  endif()
endfunction()

# Whenever the program is built it writes its completions and its manual page, below reference/ in the build folder.
function(rehearse_reference program)
  set(folder ${CMAKE_BINARY_DIR}/reference)
  file(MAKE_DIRECTORY ${folder}/bash ${folder}/zsh ${folder}/fish ${folder}/man)
  add_custom_command(TARGET ${program} POST_BUILD
    COMMAND $<TARGET_FILE:${program}> completions bash > ${folder}/bash/${program}
    COMMAND $<TARGET_FILE:${program}> completions zsh > ${folder}/zsh/_${program}
    COMMAND $<TARGET_FILE:${program}> completions fish > ${folder}/fish/${program}.fish
    COMMAND $<TARGET_FILE:${program}> man > ${folder}/man/${program}.1)
endfunction()
