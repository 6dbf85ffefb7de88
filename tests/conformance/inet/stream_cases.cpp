// Whole streams. How they are cut, converted and timed is in tests/server/stream_transfer_test.cpp.
#include <fcntl.h>
#include <io.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <windows.h>

#include <cstring>
#include <thread>

#include "cases.h"
#include "inet_world.h"
#include "support/environment.h"

namespace conformance {
namespace {

char memory[64];

LPVOID as_buffer(SOCKET socket) {
  return reinterpret_cast<LPVOID>(socket);
}
LPVOID as_buffer(int file) {
  return reinterpret_cast<LPVOID>(_get_osfhandle(file));
}

void send(SOCKET socket, const char* text) {
  const auto size = static_cast<INT>(std::strlen(text));
  if (InetWrite(socket, reinterpret_cast<const BYTE*>(text), size) != size) throw SetupFailed("cannot send");
}

struct File {
  File(const char* name, int flags) : descriptor(::open(name, flags | O_CLOEXEC)) {}
  ~File() { ::close(descriptor); }
  File(const File&) = delete;
  const int descriptor;
};

std::string read_result(SOCKET socket, LPVOID buffer, DWORD length, DWORD options, const char* marker = nullptr) {
  const auto size = static_cast<DWORD>(marker ? std::strlen(marker) : 0);
  const BOOL ok =
      InetReadStream(socket, buffer, &length, options, reinterpret_cast<LPBYTE>(const_cast<char*>(marker)), size);
  return say({said(ok), number(length)});
}

std::string read_memory(DWORD length, DWORD options, const char* marker = nullptr) {
  InetPair pair({}, 1);
  send(pair.theirs, "one.two\n");
  return read_result(pair.ours, memory, length, options, marker);
}

std::string write_result(SOCKET socket, LPVOID buffer, DWORD length, DWORD options) {
  const BOOL ok = InetWriteStream(socket, buffer, &length, options);
  return say({said(ok), number(length)});
}

std::string write_memory(LPVOID buffer, DWORD length, DWORD options) {
  InetPair pair;
  return write_result(pair.ours, buffer, length, options);
}

std::string read_after_reset() {
  InetPair pair;
  InetAbort(pair.theirs);
  return read_result(pair.ours, memory, 4, 0);
}

// Begins something on a thread, and tells how it ended after end was called.
template <class Begin, class End>
std::string while_waiting(SOCKET socket, Begin begin, End end) {
  std::string result;
  std::thread thread([&] { result = begin(); });
  while (!InetIsBlocking(socket)) std::this_thread::yield();
  end();
  thread.join();
  return result;
}

std::string read_canceled() {
  InetPair pair;
  return while_waiting(
      pair.ours, [&] { return read_result(pair.ours, memory, 4, 0); }, [&] { InetCancel(pair.ours); });
}

std::string read_twice() {
  InetPair pair;
  std::string second;
  while_waiting(
      pair.ours, [&] { return read_result(pair.ours, memory, 4, 0); },
      [&] {
        char other[4];
        second = read_result(pair.ours, other, 4, 0);
        send(pair.theirs, "done");
      });
  return second;
}

// The peer reads nothing.
template <class Then>
std::string write_too_much(UINT timeout, Then then) {
  InetPair pair({}, timeout);
  HGLOBAL block = GlobalAlloc(GMEM_MOVEABLE, 64 << 20);
  const auto write = [&] {
    DWORD length = 0;
    return said(InetWriteStream(pair.ours, block, &length, INET_STREAM_HGLOBAL));
  };
  const std::string result = timeout == 1 ? write() : while_waiting(pair.ours, write, [&] { then(pair); });
  GlobalFree(block);
  return result;
}

std::string write_twice() {
  std::string second;
  write_too_much(5, [&](InetPair& pair) {
    second = write_result(pair.ours, memory, 4, 0);
    InetCancel(pair.ours);
  });
  return second;
}

std::string write_after(void (*end)(InetPair&)) {
  InetPair pair;
  end(pair);
  return write_result(pair.ours, memory, 4, 0);
}

// The peer goes while the stream is being written.
std::string write_after_reset() {
  return write_too_much(5, [](InetPair& pair) { InetAbort(pair.theirs); });
}

std::string store(const std::string& name, DWORD offset = 0, DWORD options = 0) {
  const inlet::test::Folder folder;
  InetPair pair({}, 1);
  send(pair.theirs, "data");
  DWORD length = 4;
  const std::string file = name.empty() || name[0] == '/' ? name : folder / name;
  const BOOL ok = InetStoreStreamA(pair.ours, file.c_str(), &length, offset, options);
  return say({said(ok), number(length)});
}

std::string store_result(SOCKET socket) {
  const inlet::test::Folder folder;
  return said(InetStoreStreamA(socket, (folder / "file").c_str(), nullptr, 0, 0));
}

std::string store_canceled() {
  InetPair pair;
  return while_waiting(
      pair.ours, [&] { return store_result(pair.ours); }, [&] { InetCancel(pair.ours); });
}

std::string store_twice() {
  InetPair pair;
  std::string second;
  while_waiting(
      pair.ours, [&] { return store_result(pair.ours); },
      [&] {
        second = store_result(pair.ours);
        InetCancel(pair.ours);
      });
  return second;
}

std::string store_in_socket() {
  const inlet::test::Folder folder;
  const std::string name = folder / "socket";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  const int local = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const bool bound = ::bind(local, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  const std::string result = store(name);
  ::close(local);
  return bound ? result : "no local socket";
}

void add_reading(Suite& suite) {
  constexpr const char* kInvalid = "ST_ERROR_INVALID_PARAMETER, 4";
  suite.table(
      "read-stream", "InetReadStream",
      {{"limit", "into memory", "ok, 4", "sheet 3.1", [] { return read_memory(4, INET_STREAM_MEMORY); }},
       {"marker", "up to a marker", "ok, 4", "sheet 3.1", [] { return read_memory(60, 0, "."); }},
       {"convert", "line ends", "ok, 9", "sheet 3.1", [] { return read_memory(60, INET_STREAM_CONVERT, "\n"); }},
       {"unicode", "UTF-16", "ok, 8", "sheet 3.1", [] { return read_memory(8, INET_STREAM_UNICODE); }},
       {"null", "lpvBuffer is NULL", kInvalid, "sheet 3.1",
        [] {
          InetPair pair;
          return read_result(pair.ours, nullptr, 4, 0);
        }},
       {"types", "two types", kInvalid, "sheet 3.1",
        [] { return read_memory(4, INET_STREAM_MEMORY | INET_STREAM_HGLOBAL); }},
       {"no-room", "memory of length 0", "ST_ERROR_INVALID_PARAMETER, 0", "sheet 3.1",
        [] { return read_memory(0, INET_STREAM_MEMORY); }},
       {"itself", "the socket itself", kInvalid, "sheet 3.1",
        [] {
          InetPair pair;
          return read_result(pair.ours, as_buffer(pair.ours), 4, INET_STREAM_SOCKET);
        }},
       {"no-file", "no file", "ST_ERROR_INVALID_FILE_HANDLE, 0", "sheet 3.1",
        [] { return read_memory(4, INET_STREAM_HANDLE); }},
       {"full", "a file that takes nothing", "ST_ERROR_FILE_WRITE_FAILED, 0", "sheet 3.1",
        [] {
          InetPair pair;
          const File full("/dev/full", O_WRONLY);
          send(pair.theirs, "data");
          return read_result(pair.ours, as_buffer(full.descriptor), 4, INET_STREAM_HANDLE);
        }},
       {"timeout", "nothing more comes", "ST_ERROR_OPERATION_TIMEOUT, 8", "sheet 3.1",
        [] { return read_memory(60, 0); }},
       {"canceled", "InetCancel", "ST_ERROR_OPERATION_CANCELED, 0", "sheet 3.4", read_canceled},
       {"busy", "another stream is being read", "ST_ERROR_OPERATION_IN_PROGRESS, 0", "sheet 3.1", read_twice},
       {"reset", "the peer aborts", "ST_ERROR_CONNECTION_RESET, 0", "sheet 3.1", read_after_reset},
       {"dead", "no handle", "ST_ERROR_INVALID_HANDLE, 4", "sheet 3.1",
        [] { return read_result(INVALID_SOCKET, memory, 4, 0); }}});
}

void add_writing(Suite& suite) {
  suite.table(
      "write-stream", "InetWriteStream",
      {{"memory", "from memory", "ok, 10", "sheet 3.2", [] { return write_memory(memory, 10, 0); }},
       {"text", "a text of its own length", "ok, 3", "sheet 3.2",
        [] { return write_memory(const_cast<char*>("abc"), 0, 0); }},
       {"null", "lpvBuffer is NULL", "ST_ERROR_INVALID_PARAMETER, 4", "sheet 3.2",
        [] { return write_memory(nullptr, 4, 0); }},
       {"options", "unknown options", "ST_ERROR_INVALID_PARAMETER, 4", "sheet 3.2",
        [] { return write_memory(memory, 4, 0x8000); }},
       {"no-file", "no file", "ST_ERROR_INVALID_FILE_HANDLE, 0", "sheet 3.2",
        [] { return write_memory(memory, 4, INET_STREAM_HANDLE); }},
       {"short", "the file ends too early", "ST_ERROR_FILE_READ_FAILED, 0", "sheet 3.2",
        [] {
          InetPair pair;
          const File empty("/dev/null", O_RDONLY);
          return write_result(pair.ours, as_buffer(empty.descriptor), 4, INET_STREAM_HANDLE);
        }},
       {"timeout", "the peer takes nothing", "ST_ERROR_OPERATION_TIMEOUT", "sheet 3.2",
        [] { return write_too_much(1, [](InetPair&) {}); }},
       {"canceled", "InetCancel", "ST_ERROR_OPERATION_CANCELED", "sheet 3.4",
        [] { return write_too_much(5, [](InetPair& pair) { InetCancel(pair.ours); }); }},
       {"busy", "another stream is being written", "ST_ERROR_OPERATION_IN_PROGRESS, 0", "sheet 3.2", write_twice},
       {"shut", "after InetShutdown", "ST_ERROR_CONNECTION_SHUTDOWN, 0", "sheet 3.2",
        [] { return write_after([](InetPair& pair) { InetShutdown(pair.ours, INET_SHUTDOWN_WRITE); }); }},
       {"reset", "the peer aborts", "ST_ERROR_CONNECTION_RESET", "sheet 3.2", write_after_reset},
       {"dead", "no handle", "ST_ERROR_INVALID_HANDLE, 4", "sheet 3.2",
        [] { return write_result(INVALID_SOCKET, memory, 4, 0); }}});
}

}  // namespace

void add_stream_cases(Suite& suite) {
  add_reading(suite);
  add_writing(suite);
  suite.table(
      "store-stream", "InetStoreStream",
      {{"new", "a new file", "ok, 4", "sheet 3.1", [] { return store("file"); }},
       {"no-name", "no name", "ST_ERROR_INVALID_FILE_NAME, 0", "sheet 3.1", [] { return store(""); }},
       {"folder", "a folder", "ST_ERROR_INVALID_FILE_NAME, 0", "sheet 3.1", [] { return store("."); }},
       {"no-folder", "in no folder", "ST_ERROR_FILE_NOT_FOUND, 0", "sheet 3.1", [] { return store("no/file"); }},
       {"denied", "the file may not be written", "ST_ERROR_ACCESS_DENIED, 0", "sheet 3.1",
        [] { return store("/sys/kernel/notes"); }},
       {"special", "no file, but a local socket", "ST_ERROR_FILE_NOT_CREATED, 0", "sheet 3.1", store_in_socket},
       {"full", "it takes nothing", "ST_ERROR_FILE_WRITE_FAILED, 0", "sheet 3.1", [] { return store("/dev/full"); }},
       {"offset", "behind its end", "ST_ERROR_INVALID_PARAMETER, 0", "sheet 3.1", [] { return store("file", 1); }},
       {"options", "a type", "ST_ERROR_INVALID_PARAMETER, 4", "sheet 3.1",
        [] { return store("file", 0, INET_STREAM_MEMORY); }},
       {"timeout", "nothing more comes", "ST_ERROR_OPERATION_TIMEOUT", "sheet 3.1",
        [] {
          InetPair pair({}, 1);
          return store_result(pair.ours);
        }},
       {"canceled", "InetCancel", "ST_ERROR_OPERATION_CANCELED", "sheet 3.4", store_canceled},
       {"busy", "another stream is being read", "ST_ERROR_OPERATION_IN_PROGRESS", "sheet 3.1", store_twice},
       {"reset", "the peer aborts", "ST_ERROR_CONNECTION_RESET", "sheet 3.1",
        [] {
          InetPair pair;
          InetAbort(pair.theirs);
          return store_result(pair.ours);
        }},
       {"dead", "no handle", "ST_ERROR_INVALID_HANDLE", "sheet 3.1",
        [] { return said(InetStoreStreamA(INVALID_SOCKET, "file", nullptr, 0, 0)); }}});
  suite.table("stream-info", "InetGetStreamInfo",
              {{"none", "there was no stream", "ok, 0, 0", "sheet 3.8",
                [] {
                  InetPair pair;
                  INETSTREAMINFO info;
                  return say({said(InetGetStreamInfo(pair.ours, &info)), number(info.dwStreamMode),
                              number(info.dwStreamCopied)});
                }},
               {"after", "after one", "ok, 2, 5", "sheet 3.8",
                [] {
                  InetPair pair;
                  INETSTREAMINFO info;
                  write_result(pair.ours, memory, 5, 0);
                  return say({said(InetGetStreamInfo(pair.ours, &info)), number(info.dwStreamMode),
                              number(info.dwStreamCopied)});
                }},
               {"null", "lpStreamInfo is NULL", "ST_ERROR_INVALID_PARAMETER", "sheet 3.8", [] {
                  InetPair pair;
                  return said(InetGetStreamInfo(pair.ours, nullptr));
                }}});
}

}  // namespace conformance
