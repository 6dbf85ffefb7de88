#!/bin/sh
# Installs a build into a prefix of its own and uses it as a customer would.
#
# Usage: consume.sh STEP SOURCE BUILD WORK [FLAGS]
#   STEP    install    install BUILD below WORK, then move the prefix: nothing in it may know where it was
#           files      what must be there is there
#           cmake      find_package, C and C++, shared and static
#           pkgconfig  the same with pkg-config
#           readme     the program in README
#   FLAGS   compiler flags that the library was built with and a customer must share, such as a sanitizer's
# CMAKE, CC and CXX in the environment name the tools.
set -eu
step="$1" source="$2" build="$3" work="$4"
shift 4
flags="$*"
prefix="$work/moved"
here="$source/tests/install"

pkgconfig_dir() { dirname "$(find "$prefix" -name inlet.pc)"; }
lib_dir() { dirname "$(pkgconfig_dir)"; }

# Runs a program and checks which library it took: yes or no to the shared one.
run() {
  needs=no
  if LC_ALL=C readelf -d "$1" | grep -q 'NEEDED.*libinlet\.so'; then needs=yes; fi
  [ "$needs" = "$2" ] || { echo "$1: linked with the shared library: $needs, expected: $2"; exit 1; }
  LD_LIBRARY_PATH="$(lib_dir)" "$1"
}

install() {
  rm -rf "$work"
  "$CMAKE" --install "$build" --prefix "$work/first" >/dev/null
  mv "$work/first" "$prefix"
  if grep -rIlF -e "$work/first" -e "$source/" "$prefix"; then
    echo "the files above name a folder of the build"
    exit 1
  fi
}

files() {
  for header in cswsock10.h inlet/export.h inlet/version.h inlet/wintypes.h windows.h winsock2.h ws2spi.h; do
    [ -f "$prefix/include/inlet/$header" ] || { echo "include/inlet/$header is missing"; exit 1; }
  done
  for file in libinlet.so libinlet.so.0 libinlet.a pkgconfig/inlet.pc cmake/inlet/inletConfig.cmake \
    cmake/inlet/inletConfigVersion.cmake cmake/inlet/inletTargets.cmake; do
    [ -e "$(lib_dir)/$file" ] || { echo "$file is missing"; exit 1; }
  done
  [ -f "$prefix/share/doc/inlet/LICENSE" ] || { echo "LICENSE is missing"; exit 1; }
  [ -f "$prefix/share/man/man3/InetRead.3" ] || { echo "the manual page of InetRead is missing"; exit 1; }
  if [ -x "$build/tools/inlet/inlet" ]; then
    "$prefix/bin/inlet" --help >/dev/null || { echo "the installed tool does not start"; exit 1; }
  fi
}

cmake_consumers() {
  out="$work/cmake"
  rm -rf "$out"
  "$CMAKE" -S "$here/consumer" -B "$out" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$CC" \
    -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags" >/dev/null
  "$CMAKE" --build "$out" >"$out/log" || { cat "$out/log"; exit 1; }
  for language in c cpp; do
    run "$out/consumer_${language}_shared" yes
    run "$out/consumer_${language}_static" no
  done
}

# There are both libraries in the folder and the linker would prefer the shared one, so the static one is asked for by name.
pkgconfig_consumers() {
  out="$work/pkgconfig"
  mkdir -p "$out"
  PKG_CONFIG_PATH="$(pkgconfig_dir)"
  export PKG_CONFIG_PATH
  shared="$(pkg-config --cflags --libs inlet)"
  static="$(pkg-config --static --cflags --libs inlet | sed 's/-linlet/-l:libinlet.a/')"
  "$CXX" $flags -std=c++17 "$here/consumer.cpp" -o "$out/cpp_shared" $shared
  "$CXX" $flags -std=c++17 "$here/consumer.cpp" -o "$out/cpp_static" $static
  "$CC" $flags -std=c11 "$here/consumer.c" -o "$out/c_shared" $shared
  "$CC" $flags -std=c11 "$here/consumer.c" -o "$out/c_static" $static
  for language in c cpp; do
    run "$out/${language}_shared" yes
    run "$out/${language}_static" no
  done
}

# The first program in README is what a newcomer copies: it builds as README says.
readme() {
  out="$work/readme"
  mkdir -p "$out"
  awk '/^```cpp/ { on = 1; next } /^```/ { if (on) exit } on' "$source/README.md" >"$out/server.cpp"
  grep -q InetServerStart "$out/server.cpp" || { echo "README shows no server"; exit 1; }
  PKG_CONFIG_PATH="$(pkgconfig_dir)" "$CXX" $flags -Wall -Wextra -Werror -std=c++20 "$out/server.cpp" -o "$out/server" \
    $(PKG_CONFIG_PATH="$(pkgconfig_dir)" pkg-config --cflags --libs inlet)
}

case "$step" in
  install) install ;;
  files) files ;;
  cmake) cmake_consumers ;;
  pkgconfig) pkgconfig_consumers ;;
  readme) readme ;;
  *) echo "unknown step $step"; exit 2 ;;
esac
