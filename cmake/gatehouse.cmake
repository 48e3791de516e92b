# SPDX-License-Identifier: GPL-3.0-or-later
# How every target of the project is built: warnings, Qt's strict macros, sanitizers, precompiled headers.

add_library(gatehouse_options INTERFACE)
target_compile_options(gatehouse_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
    -Wformat=2 -Wimplicit-fallthrough
    # In optimised code gcc follows paths through Qt's and the standard library's templates that do not exist.
    "$<IF:$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>,-Wno-maybe-uninitialized;-Wno-stringop-overflow,-Wnull-dereference>"
    -fstack-protector-strong)
target_compile_definitions(gatehouse_options INTERFACE
    QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_CAST_FROM_BYTEARRAY
    QT_NO_URL_CAST_FROM_STRING QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_NO_FOREACH
    QT_NO_KEYWORDS QT_STRICT_ITERATORS QT_DISABLE_DEPRECATED_BEFORE=0x060400
    $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>
    GATEHOUSE_VERSION="${PROJECT_VERSION}")
if(GATEHOUSE_WERROR)
    target_compile_options(gatehouse_options INTERFACE -Werror)
endif()
if(GATEHOUSE_SANITIZE)
    target_compile_options(gatehouse_options INTERFACE
        -fsanitize=${GATEHOUSE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(gatehouse_options INTERFACE -fsanitize=${GATEHOUSE_SANITIZE})
endif()

# gatehouse_library(NAME SOURCES … PUBLIC … PRIVATE …): the static library gatehouse_NAME of the
# current folder. Its headers are seen only by targets that link it, as <NAME/header.h>.
function(gatehouse_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    set(target gatehouse_${name})
    add_library(${target} STATIC ${arg_SOURCES})
    # The include directory holds one link, to this folder: no library sees another's headers by accident.
    set(include_dir ${CMAKE_CURRENT_BINARY_DIR}/include)
    file(MAKE_DIRECTORY ${include_dir})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include_dir}/${name} SYMBOLIC)
    target_include_directories(${target} PUBLIC ${include_dir})
    target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} gatehouse_options)
    gatehouse_precompile(${target})
endfunction()

# One precompiled header for all targets: made once, not once per target, which took longer than the code itself.
if(GATEHOUSE_PCH)
    file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp CONTENT "")
    add_library(gatehouse_precompiled STATIC ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp)
    set_target_properties(gatehouse_precompiled PROPERTIES AUTOMOC OFF AUTORCC OFF)
    target_link_libraries(gatehouse_precompiled PRIVATE Qt6::Core Qt6::Network gatehouse_options)
    target_precompile_headers(gatehouse_precompiled PRIVATE
        <QtCore/QtCore> <QtNetwork/QtNetwork> <algorithm> <chrono> <functional> <memory>
        <optional> <utility> <variant> <vector>)
endif()

function(gatehouse_precompile target)
    if(GATEHOUSE_PCH)
        target_precompile_headers(${target} REUSE_FROM gatehouse_precompiled)
    endif()
endfunction()

# gatehouse_test(NAME LIBRARIES…): NAME.cpp of the current folder as one Qt Test executable.
function(gatehouse_test name)
    add_executable(${name} ${name}.cpp)
    target_link_libraries(${name} PRIVATE ${ARGN} gatehouse_test_support Qt6::Test
        gatehouse_options)
    gatehouse_precompile(${name})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 120
        ENVIRONMENT "QT_LOGGING_RULES=gatehouse.*.info=false")
endfunction()
