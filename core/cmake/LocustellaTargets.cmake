# What every target of the project shares: the language, warnings, sanitizers, and where Boost is.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# cmeel-boost keeps its CMake packages under its own prefix inside site-packages. Ask the Python that
# builds us (scikit-build-core hands it over) where that is, unless the caller named a Boost already.
find_package(Python 3.11 COMPONENTS Interpreter REQUIRED)
if(NOT Boost_DIR)
  execute_process(
    COMMAND "${Python_EXECUTABLE}" -c
            "import importlib.metadata as m; print(m.distribution('cmeel-boost').locate_file('cmeel.prefix'))"
    OUTPUT_VARIABLE cmeel_prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(cmeel_prefix)
    list(PREPEND CMAKE_PREFIX_PATH "${cmeel_prefix}")
  endif()
endif()
find_package(Boost 1.87 CONFIG QUIET COMPONENTS headers)
if(NOT Boost_FOUND)
  message(FATAL_ERROR "Boost 1.87 or newer is needed (headers only): `pip install cmeel-boost`, or set Boost_DIR.")
endif()
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_path(ZSTD_INCLUDE_DIR zstd.h)
find_library(ZSTD_LIBRARY zstd)
if(NOT ZSTD_INCLUDE_DIR OR NOT ZSTD_LIBRARY)
  message(FATAL_ERROR "libzstd is needed: `apt-get install libzstd-dev`, or set ZSTD_INCLUDE_DIR and ZSTD_LIBRARY.")
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(locustella_flags INTERFACE)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  # A request clears and copies structs of 100 to 300 bytes: for these GCC has "rep stos" and "rep movs", which take
  # longer to begin than a loop takes for all of it.
  set(by_loop "unrolled_loop:512:noalign,libcall:-1:noalign")
  target_compile_options(locustella_flags INTERFACE
    "$<$<CONFIG:Release>:-mmemset-strategy=${by_loop};-mmemcpy-strategy=${by_loop}>")
endif()
target_compile_options(locustella_flags INTERFACE -Wall -Wextra $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>)
if(LOCUSTELLA_WERROR)
  target_compile_options(locustella_flags INTERFACE -Werror)
endif()
if(LOCUSTELLA_SANITIZE)
  target_compile_options(locustella_flags INTERFACE -fsanitize=${LOCUSTELLA_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(locustella_flags INTERFACE -fsanitize=${LOCUSTELLA_SANITIZE})
endif()
target_compile_definitions(locustella_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_VISIBILITY LOCUSTELLA_VERSION="${PROJECT_VERSION}")
target_link_libraries(locustella_flags INTERFACE Threads::Threads)

# locustella_room(NAME [DEPENDS room...] [LINK target...] SOURCES file...)
# One static library for each room of core/. A room sees the headers of the rooms it names and no others'
# by way of the linker; tests/lint checks the includes themselves.
function(locustella_room name)
  cmake_parse_arguments(ROOM "" "" "DEPENDS;LINK;SOURCES" ${ARGN})
  add_library(locustella_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(locustella_${name} PUBLIC "${PROJECT_SOURCE_DIR}/core")
  # Debian's own Boost is older: ours must come first.
  target_include_directories(locustella_${name} SYSTEM BEFORE PUBLIC ${Boost_INCLUDE_DIRS})
  target_link_libraries(locustella_${name} PUBLIC locustella_flags ${ROOM_LINK})
  foreach(room IN LISTS ROOM_DEPENDS)
    target_link_libraries(locustella_${name} PUBLIC locustella_${room})
  endforeach()
endfunction()
