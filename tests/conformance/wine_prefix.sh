# shellcheck shell=sh
# Gives the script that sources this a Wine of its own: a new folder for everything that Wine keeps, removed at the end
# together with $work, which is there for the script's own files.

work=$(mktemp -d)
export WINEPREFIX="$work/prefix" WINEARCH=win64 WINEDEBUG=-all
# No questions about .NET and HTML, and no debugger when a program crashes.
export WINEDLLOVERRIDES="mscoree,mshtml,winedbg.exe="
finish_wine() {
  timeout 60 wineserver -k >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish_wine EXIT INT TERM

timeout 300 wineboot --init >/dev/null 2>&1 || true
