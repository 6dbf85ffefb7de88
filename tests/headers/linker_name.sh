#!/bin/sh
# Fails when a file that calls gethostname does not ask the linker for inlet_gethostname, or asks for the C library's.
#
# Usage: linker_name.sh NM FILE COMPILER OPTION...
set -eu
nm="$1"
file="$2"
shift 2
object="$file.o"
# An option may be two in one word.
# shellcheck disable=SC2068
$@ -c "$file" -o "$object"
names="$("$nm" -u "$object" | awk '{ print $NF }' | grep gethostname)"
echo "$names"
[ "$names" = inlet_gethostname ]
