# Fails if a file is over its budget: 600 lines of a source, 200 of a header, 100 columns in both, and
# a first line that says what the file is. Functions are measured by clang-tidy (.clang-tidy). Called
# with ROOT, the repository.
cmake_minimum_required(VERSION 3.25)

set(faults "")
foreach(top IN ITEMS engine gateway clients include bench tests)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${top}/*.[ch])
  foreach(file IN LISTS files)
    file(READ ${ROOT}/${file} text)
    string(REGEX REPLACE "[^\n]" "" ends "${text}")
    string(LENGTH "${ends}" count)
    set(most 600)
    if(file MATCHES "\\.h$")
      set(most 200)
    endif()
    if(count GREATER most)
      list(APPEND faults "${file}: ${count} lines, ${most} are the budget")
    endif()
    if(NOT text MATCHES "^/\\* ")
      list(APPEND faults "${file}: the first line is to say what the file is")
    endif()
    # Columns are characters: UTF-8 continuation bytes do not count, but cmake counts bytes, so a
    # line is only looked at where it is too long in bytes and plain.
    string(REGEX MATCH "\n[ -~]{101,}" long "${text}")
    if(long)
      string(SUBSTRING "${long}" 1 60 start)
      list(APPEND faults "${file}: over 100 columns: ${start}...")
    endif()
  endforeach()
endforeach()

if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "over budget:\n  ${text}")
endif()
