// Tracing. What a record looks like is in tests/server/trace_test.cpp.
#include <unistd.h>

#include "cases.h"
#include "inet_world.h"
#include "support/environment.h"

namespace conformance {
namespace {

std::string enabled(const std::string& file, DWORD flags) {
  const std::string result = said(InetEnableTraceA(file.c_str(), flags));
  if (result == "ok") InetDisableTrace();
  return result;
}

std::string in_folder(const std::string& name) {
  const inlet::test::Folder folder;
  return enabled(folder / name, TRACE_INFO);
}

std::string through_link() {
  const inlet::test::Folder folder;
  if (::symlink("/nowhere", (folder / "link").c_str()) != 0) throw SetupFailed("no link");
  return enabled(folder / "link", TRACE_INFO);
}

}  // namespace

void add_trace_cases(Suite& suite) {
  suite.table(
      "trace", "InetEnableTrace",
      {{"file", "a new file", "ok", "sheet 5.9", [] { return in_folder("trace.log"); }},
       {"flags", "flag 8", "ST_ERROR_INVALID_PARAMETER", "sheet 5.9", [] { return enabled("/dev/null", 8); }},
       {"no-folder", "the folder does not exist", "ST_ERROR_FILE_NOT_FOUND", "sheet 5.9",
        [] { return in_folder("no/trace.log"); }},
       {"is-folder", "a folder's name", "ST_ERROR_INVALID_FILE_NAME", "sheet 5.9", [] { return in_folder("."); }},
       {"denied", "the file may not be written", "ST_ERROR_ACCESS_DENIED", "sheet 5.9",
        [] { return enabled("/sys/kernel/notes", TRACE_INFO); }},
       {"link", "a link, which is not followed", "ST_ERROR_FILE_NOT_CREATED", "sheet 5.9", through_link}});
  suite.table("trace-off", "InetDisableTrace",
              {{"counted", "twice on, three times off", "ok, ok, ST_ERROR_INVALID_STATE", "sheet 5.9", [] {
                  const inlet::test::Folder folder;
                  InetEnableTraceA((folder / "trace.log").c_str(), TRACE_INFO);
                  InetEnableTraceA((folder / "trace.log").c_str(), TRACE_ERROR);
                  return say({said(InetDisableTrace()), said(InetDisableTrace()), said(InetDisableTrace())});
                }}});
}

}  // namespace conformance
