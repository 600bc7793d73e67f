# Fails if a file includes a header of a layer that its own layer may not know, or a third-party
# header that another layer owns. Called with ROOT, the repository.
cmake_minimum_required(VERSION 3.25)

# One line per layer: the layer, then every layer or header it may include besides itself and
# jiaozi/.
set(allowed
  "engine/base"
  "engine/ring     engine/base"
  "engine/core     engine/base"
  "engine/journal  engine/base"
  "engine/ledger   engine/base"
  "engine/stage    engine/base engine/ring engine/core engine/journal engine/ledger"
  "engine          engine/* gateway"
  "gateway/wire    engine/base"
  "gateway         engine/base engine/ring engine/ledger/query.h gateway/wire"
  "clients/c       engine/base gateway/wire"
  "clients/cli     engine/base gateway/wire"
  "bench           tests/support engine/* gateway gateway/* clients/*"
  "tests/support   engine/* gateway gateway/* clients/*"
  "tests/unit      tests/support bench engine/* gateway gateway/* clients/*"
  "tests/scenario  tests/support engine/* gateway gateway/* clients/*"
  "tests/sim       tests/support engine/* gateway gateway/* clients/*"
  "tests/race      tests/support engine/* gateway gateway/* clients/*"
  "tests/fuzz      tests/support engine/* gateway gateway/* clients/*"
  "tests/e2e       tests/support engine/* gateway gateway/* clients/*"
  "tests/crash     tests/support engine/* gateway gateway/* clients/*")

# One line per third-party header: the header, then its homes. The header may be a folder, and the
# first line that fits counts, so put the narrower one first.
set(homes
  "lmdb.h          engine/ledger"
  "zmq.h           gateway/wire tests/unit"
  "msgpack         gateway/wire bench tests/support tests/unit tests/fuzz"
  "openssl/evp.h   engine/base gateway/wire"
  "openssl/        gateway/wire"
  "pthread.h       engine/stage bench tests/race tests/unit tests/crash tests/e2e"
  "jansson.h       clients/cli bench tests/support tests/unit tests/e2e"
  "lzma.h          clients/cli"
  "zlib.h          gateway/wire"
  "cmocka.h        tests/support")

# The faults of one file, appended to the variable `faults` of the caller.
function(check_file file layer may_include)
  file(STRINGS ${ROOT}/${file} includes REGEX "^[ \t]*#[ \t]*include")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE ".*[<\"](.*)[>\"].*" "\\1" target "${include}")
    string(REGEX REPLACE "/[^/]*$" "" folder "${target}")
    set(is_ours FALSE)
    if(target MATCHES "^(engine|gateway|clients|bench|tests|include)/")
      set(is_ours TRUE)
      if(include MATCHES "<")
        list(APPEND faults "${file}: write \"${target}\", angle brackets are for other people's")
      endif()
    elseif(include MATCHES "\"" AND NOT folder STREQUAL "jiaozi")
      list(APPEND faults "${file}: ${target} does not say where it lies")
    endif()
    if(is_ours AND NOT folder STREQUAL layer)
      set(found FALSE)
      foreach(pattern IN LISTS may_include)
        string(REPLACE "*" ".*" pattern "${pattern}")
        if(folder MATCHES "^${pattern}$" OR target STREQUAL pattern)
          set(found TRUE)
        endif()
      endforeach()
      if(NOT found)
        list(APPEND faults "${file}: ${layer} may not include ${target}")
      endif()
    endif()
    foreach(line IN LISTS homes)
      string(REGEX MATCHALL "[^ ]+" words "${line}")
      list(POP_FRONT words header)
      string(FIND "${target}" "${header}" at)
      if(at EQUAL 0)
        if(NOT layer IN_LIST words)
          list(JOIN words ", " text)
          list(APPEND faults "${file}: ${target} may be included only in ${text}")
        endif()
        break()
      endif()
    endforeach()
  endforeach()
  set(faults ${faults} PARENT_SCOPE)
endfunction()

set(faults "")
set(layers "")
foreach(line IN LISTS allowed)
  string(REGEX MATCHALL "[^ ]+" names "${line}")
  list(POP_FRONT names layer)
  list(APPEND layers ${layer})
  file(GLOB files RELATIVE ${ROOT} ${ROOT}/${layer}/*.[ch])
  foreach(file IN LISTS files)
    check_file(${file} ${layer} "${names}")
  endforeach()
endforeach()

# A folder that the table does not know is a fault too: a new layer says what it may include.
foreach(top IN ITEMS engine gateway clients bench tests)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${top}/*.[ch])
  foreach(file IN LISTS files)
    string(REGEX REPLACE "/[^/]*$" "" layer "${file}")
    if(NOT layer IN_LIST layers)
      list(APPEND faults "${file}: add ${layer} to the table in tests/tidy/layers.cmake")
    endif()
  endforeach()
endforeach()

file(GLOB public RELATIVE ${ROOT} ${ROOT}/include/jiaozi/*.h)
foreach(file IN LISTS public)
  check_file(${file} include/jiaozi "")
endforeach()

if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "includes that point the wrong way:\n  ${text}")
endif()
