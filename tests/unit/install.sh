#!/usr/bin/env bash
# The installed library serves a stranger: headers clean as C and as C++, only its own symbols, found
# by pkg-config and by CMake, also after the installed tree was moved.
#   install.sh CMAKE BUILD_DIR SOURCE_DIR
set -euo pipefail
cmake=$1 build=$2 source=$3
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

"$cmake" --install "$build" --prefix "$place/first" >"$place/log" 2>&1 || {
  cat "$place/log" >&2
  fail 'cmake --install failed'
}
mv "$place/first" "$place/moved"
library=$(find "$place/moved" -name 'libjiaozi.so' | head -n 1)
[ -n "$library" ] || fail 'no libjiaozi.so was installed'
strangers=$(nm -D --defined-only "$library" | awk '{print $3}' | grep -v '^jz_' || true)
[ -z "$strangers" ] || fail "the library exports what is not its own: $strangers"

export PKG_CONFIG_PATH=${library%/*}/pkgconfig
read -ra flags <<<"$(pkg-config --cflags jiaozi)"
read -ra libraries <<<"$(pkg-config --libs jiaozi)"
for header in "$source"/include/jiaozi/*.h; do
  printf '#include "jiaozi/%s"\nint main(void);\nint main(void) { return 0; }\n' \
    "${header##*/}" >"$place/header.c"
  cc -std=c17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only "${flags[@]}" "$place/header.c"
  cp "$place/header.c" "$place/header.cc"
  if command -v c++ >/dev/null; then
    c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only "${flags[@]}" "$place/header.cc"
  fi
done
cc -std=c17 -Wall -Wextra -Werror "${flags[@]}" "$source/clients/c/example.c" "${libraries[@]}" \
  -o "$place/by-pkg-config"
LD_LIBRARY_PATH=${library%/*} ldd "$place/by-pkg-config" | grep -q "$place/moved" ||
  fail 'the sample is not linked to the installed library'

mkdir "$place/project"
cat >"$place/project/CMakeLists.txt" <<TEXT
cmake_minimum_required(VERSION 3.25)
project(stranger LANGUAGES C)
find_package(jiaozi REQUIRED)
add_executable(stranger $source/clients/c/example.c)
target_link_libraries(stranger PRIVATE jiaozi::jiaozi)
TEXT
{ "$cmake" -S "$place/project" -B "$place/project/build" -DCMAKE_PREFIX_PATH="$place/moved" &&
  "$cmake" --build "$place/project/build"; } >"$place/log" 2>&1 || {
  cat "$place/log" >&2
  fail 'a CMake project cannot use the installed package'
}
echo 'installed, moved, and used twice'
