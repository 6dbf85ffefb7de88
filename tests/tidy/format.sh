#!/bin/sh
# Fails when clang-format would change a file.
#
# Usage: format.sh CLANG_FORMAT INLET_TIDY ROOT
set -eu
list="$("$2" --list "$3")"
cd "$3"
# The names hold no spaces: they are ours.
if ! "$1" --dry-run -Werror --ferror-limit=3 $list; then
  echo "Some files are not in the project's format. 'make format' puts them into it."
  exit 1
fi
echo "formatted: $(echo "$list" | wc -l) files"
