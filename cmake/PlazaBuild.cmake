# The build's vocabulary: plaza_library, plaza_executable, plaza_test_suite, plaza_fuzz_target.
# A target's PUBLIC and PRIVATE links are the architecture (docs/architecture.md, rule 2).

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(PLAZA_CCACHE ccache)
if(PLAZA_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PLAZA_CCACHE})
endif()
find_program(PLAZA_MOLD mold)
if(PLAZA_MOLD AND NOT CMAKE_CROSSCOMPILING)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
if(NOT PLAZA_CORE_ONLY)
  find_package(PkgConfig REQUIRED)
  find_package(Protobuf REQUIRED)
  pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
  pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
  pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
  # Its CMake config names a file that Debian does not ship.
  pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
  pkg_check_modules(PCSC REQUIRED IMPORTED_TARGET libpcsclite)
  # Its header of PKCS#11 only: a token's library is loaded at run time.
  pkg_check_modules(P11KIT REQUIRED p11-kit-1)
endif()
find_package(GTest REQUIRED)

add_library(plaza_flags INTERFACE)
target_compile_options(plaza_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wconversion -Wno-sign-conversion -fstack-protector-strong)
target_include_directories(plaza_flags INTERFACE ${PROJECT_SOURCE_DIR})
if(PLAZA_SANITIZE)
  add_compile_options(-fsanitize=${PLAZA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PLAZA_SANITIZE})
  if(PLAZA_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
endif()

# plaza_library(name SRCS a.cc … PUBLIC targets… PRIVATE targets…)
function(plaza_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;PUBLIC;PRIVATE" ${ARGN})
  if(ARG_SRCS)
    add_library(${name} STATIC ${ARG_SRCS})
    target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE plaza_flags ${ARG_PRIVATE})
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARG_PUBLIC})
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
  endif()
endfunction()

# plaza_executable(name SRCS a.cc … LIBS targets…)
function(plaza_executable name)
  cmake_parse_arguments(ARG "" "" "SRCS;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE plaza_flags ${ARG_LIBS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# plaza_program(name SRCS a.cc … LIBS targets…): an executable that serves. With jemalloc: many threads free what others
# allocated, and the whole day runs a sixth faster than with glibc's allocator.
function(plaza_program name)
  plaza_executable(${name} ${ARGN})
  if(NOT PLAZA_SANITIZE)
    find_library(PLAZA_JEMALLOC jemalloc REQUIRED)
    target_link_libraries(${name} PRIVATE ${PLAZA_JEMALLOC})
  endif()
endfunction()

# plaza_links_grpc(result targets…): whether one of them, or what it links in turn, is gRPC.
function(plaza_links_grpc result)
  set(todo ${ARGN})
  set(seen "")
  set(unknown "")
  set(${result} FALSE PARENT_SCOPE)
  while(todo)
    list(POP_FRONT todo target)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" target "${target}")
    if(target MATCHES "^gRPC::")
      set(${result} TRUE PARENT_SCOPE)
      return()
    endif()
    if(target MATCHES "^plaza_" AND NOT TARGET ${target})
      set(unknown ${target})
    endif()
    if(TARGET ${target} AND NOT target IN_LIST seen)
      list(APPEND seen ${target})
      get_target_property(links ${target} INTERFACE_LINK_LIBRARIES)
      if(links)
        list(APPEND todo ${links})
      endif()
    endif()
  endwhile()
  if(unknown)
    message(FATAL_ERROR "whether ${ARGN} link gRPC cannot be told: ${unknown} is added later")
  endif()
endfunction()

# plaza_test_suite(name DIR folder LIBS targets… [SRCS more.cc …] [LABELS …]): every *_test.cc in tests/<folder>, one
# binary. Labels: slow starts whole processes of ours, servers needs real servers (PostgreSQL, Kafka, Redis).
function(plaza_test_suite name)
  cmake_parse_arguments(ARG "" "DIR;TIMEOUT" "LIBS;LABELS;SRCS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${ARG_DIR}/*_test.cc)
  if(NOT sources OR PLAZA_FUZZ)
    return()
  endif()
  # ThreadSanitizer reports hundreds of false races in Debian's gRPC, which is not built with it.
  if(PLAZA_SANITIZE STREQUAL "thread")
    plaza_links_grpc(links_grpc ${ARG_LIBS})
    if(links_grpc)
      return()
    endif()
    list(APPEND ARG_SRCS ${PROJECT_SOURCE_DIR}/tests/support/tsan/c11_threads.c)
  endif()
  add_executable(${name} ${sources} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE plaza_flags ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_definitions(${name} PRIVATE
    PLAZA_SOURCE_DIR="${PROJECT_SOURCE_DIR}" PLAZA_BINARY_DIR="${CMAKE_BINARY_DIR}")
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  if(NOT TARGET suites)
    add_custom_target(suites)
  endif()
  add_dependencies(suites ${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

# plaza_fuzz_target(name SRCS a.cc LIBS targets…): only in the fuzz preset.
function(plaza_fuzz_target name)
  cmake_parse_arguments(ARG "" "" "SRCS;LIBS" ${ARGN})
  if(NOT PLAZA_FUZZ)
    return()
  endif()
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE plaza_flags ${ARG_LIBS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers ${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()

# plaza_embed_migrations(target FUNCTION name FILES a.sql …): compiles SQL files into target as
# `std::vector<Migration> plaza::store::<name>()`, declared by whoever calls it. Files are numbered in the order given.
function(plaza_embed_migrations target)
  cmake_parse_arguments(ARG "" "FUNCTION" "FILES" ${ARGN})
  set(output ${CMAKE_BINARY_DIR}/gen/migrations/${ARG_FUNCTION}.cc)
  set(body "")
  set(id 0)
  foreach(file ${ARG_FILES})
    math(EXPR id "${id} + 1")
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE path)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    file(READ ${path} sql)
    cmake_path(GET path STEM stem)
    string(APPEND body "      {${id}, \"${stem}\", R\"sql(${sql})sql\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT
"#include \"libs/store/db.h\"
namespace plaza::store {
std::vector<Migration> ${ARG_FUNCTION}();
std::vector<Migration> ${ARG_FUNCTION}() {
  return {
${body}  };
}
}  // namespace plaza::store
" @ONLY)
  target_sources(${target} PRIVATE ${output})
endfunction()

# plaza_benchmark(name SRCS a.cc … LIBS targets…): run by ./plaza bench; not in sanitized builds, whose times mean nothing.
function(plaza_benchmark name)
  if(PLAZA_SANITIZE)
    return()
  endif()
  plaza_executable(${name} ${ARGN})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  target_compile_definitions(${name} PRIVATE PLAZA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endfunction()
