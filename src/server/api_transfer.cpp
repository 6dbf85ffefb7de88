// The C interface: moving whole streams. The contracts are in inlet/inet_stream.h.
#include <algorithm>
#include <string_view>

#include "base/global_memory.h"
#include "provider/file_handle.h"
#include "server/api_call.h"
#include "server/transfer.h"

using namespace inlet;
using namespace inlet::server;

namespace {

constexpr DWORD kTypes = INET_STREAM_MEMORY | INET_STREAM_HGLOBAL | INET_STREAM_HANDLE | INET_STREAM_SOCKET;
constexpr DWORD kForms = INET_STREAM_CONVERT | INET_STREAM_UNICODE;

// One type at most, and nothing that we do not know.
bool are_options_valid(DWORD options) {
  const DWORD type = options & kTypes;
  return (options & ~(kTypes | kForms)) == 0 && (type & (type - 1)) == 0;
}

StreamForm form_of(DWORD options) {
  return {(options & INET_STREAM_CONVERT) != 0, (options & INET_STREAM_UNICODE) != 0};
}

uint64_t limit_of(DWORD length) {
  return length == 0 ? Transfer::kNoLimit : length;
}

SOCKET socket_of(LPVOID buffer) {
  return reinterpret_cast<SOCKET>(buffer);
}

// Tells the caller how much was moved, however the call ends.
class LengthOut {
 public:
  LengthOut(DWORD* length, const Transfer& transfer) : length_(length), transfer_(transfer) {}
  ~LengthOut() {
    if (length_) *length_ = static_cast<DWORD>(std::min<uint64_t>(transfer_.copied(), UINT32_MAX));
  }
  LengthOut(const LengthOut&) = delete;

 private:
  DWORD* const length_;
  const Transfer& transfer_;
};

// Keeps a block where it is while it is sent.
class LockedBlock {
 public:
  explicit LockedBlock(void* block) : block_(global_memory::lock(block) ? block : nullptr) {}
  ~LockedBlock() {
    if (block_) global_memory::unlock(block_);
  }
  LockedBlock(const LockedBlock&) = delete;
  explicit operator bool() const { return block_ != nullptr; }
  size_t size() const { return global_memory::size_of(block_).value_or(0); }

 private:
  void* const block_;
};

class OpenFile {
 public:
  explicit OpenFile(int file) : file_(file) {}
  ~OpenFile() { close_file(file_); }
  OpenFile(const OpenFile&) = delete;

 private:
  const int file_;
};

// ---- reading

struct ReadOrder {
  LPVOID buffer;
  DWORD limit;
  DWORD options;
  std::string_view marker;
};

Result<void> read_into(Transfer& transfer, StreamSink& sink, const ReadOrder& order) {
  if (auto begun = transfer.begin(order.limit); !begun) return begun;
  return transfer.read_into(sink, form_of(order.options), order.marker, limit_of(order.limit));
}

// The block is the caller's also after a failure, because what is in it cannot be read again.
Result<void> read_global(Transfer& transfer, const ReadOrder& order) {
  auto* handle = static_cast<HGLOBAL*>(order.buffer);
  *handle = nullptr;
  GlobalSink sink;
  ReadOrder bounded = order;
  if (bounded.limit == 0) bounded.limit = static_cast<DWORD>(kStreamBytesMax);
  auto read = transfer.begin(order.limit);
  if (read) read = transfer.read_into(sink, form_of(order.options), order.marker, bounded.limit);
  if (read && order.limit == 0 && transfer.copied() >= kStreamBytesMax) read = Error::out_of_memory;
  if (!read && transfer.copied() == 0) return read;
  auto block = sink.release();
  if (!block) return block.error();
  *handle = *block;
  return read;
}

Result<void> read_to_file(Transfer& transfer, const ReadOrder& order) {
  const int file = provider::descriptor_of(order.buffer);
  if (!is_file(file)) return Error::bad_file;
  engine::before_blocking();
  FileSink sink(file);
  return read_into(transfer, sink, order);
}

Result<void> read_to_socket(Transfer& transfer, const ReadOrder& order) {
  Peer other(socket_of(order.buffer));
  if (!other) return other.error();
  SocketSink sink([&](const char* data, size_t size) { return Transfer::write_all(other.network(), data, size); });
  return read_into(transfer, sink, order);
}

Result<void> read_by_type(Transfer& transfer, const ReadOrder& order) {
  switch (order.options & kTypes) {
    case INET_STREAM_HGLOBAL: return read_global(transfer, order);
    case INET_STREAM_HANDLE: return read_to_file(transfer, order);
    case INET_STREAM_SOCKET: return read_to_socket(transfer, order);
    default: break;
  }
  MemorySink sink(order.buffer, order.limit);
  return read_into(transfer, sink, order);
}

// ---- writing

struct WriteOrder {
  LPVOID buffer;
  DWORD length;  // 0: all
  DWORD options;
};

Result<void> write_from(Transfer& transfer, StreamSource& source, const WriteOrder& order, uint64_t size) {
  if (auto begun = transfer.begin(size == Transfer::kNoLimit ? 0 : size); !begun) return begun;
  return transfer.write_from(source, form_of(order.options), size);
}

size_t text_bytes(const void* text, DWORD options) {
  if (options & INET_STREAM_UNICODE)
    return std::u16string_view(static_cast<const char16_t*>(text)).size() * sizeof(char16_t);
  return std::string_view(static_cast<const char*>(text)).size();
}

Result<void> write_memory(Transfer& transfer, const WriteOrder& order) {
  const size_t size = order.length ? order.length : text_bytes(order.buffer, order.options);
  MemorySource source(order.buffer, size);
  return write_from(transfer, source, order, size);
}

Result<void> write_global(Transfer& transfer, const WriteOrder& order) {
  LockedBlock block(order.buffer);
  if (!block || order.length > block.size()) return Error::fault;
  const size_t size = order.length ? order.length : block.size();
  MemorySource source(order.buffer, size);
  return write_from(transfer, source, order, size);
}

Result<void> write_file(Transfer& transfer, const WriteOrder& order) {
  const int file = provider::descriptor_of(order.buffer);
  if (!is_file(file)) return Error::bad_file;
  engine::before_blocking();
  const auto left = file_bytes_left(file);
  if (left && form_of(order.options).is_plain()) {
    const uint64_t size = order.length ? order.length : *left;
    if (auto begun = transfer.begin(size); !begun) return begun;
    return transfer.write_file(file, size);
  }
  BufferedSource source([file](char* into, size_t room) { return read_file(file, into, room); });
  return write_from(transfer, source, order, limit_of(order.length));
}

Result<void> write_from_socket(Transfer& transfer, const WriteOrder& order) {
  Peer other(socket_of(order.buffer));
  if (!other) return other.error();
  BufferedSource source([&](char* into, size_t room) { return other.network().read(into, room); });
  return write_from(transfer, source, order, limit_of(order.length));
}

Result<void> write_by_type(Transfer& transfer, const WriteOrder& order) {
  switch (order.options & kTypes) {
    case INET_STREAM_HGLOBAL: return write_global(transfer, order);
    case INET_STREAM_HANDLE: return write_file(transfer, order);
    case INET_STREAM_SOCKET: return write_from_socket(transfer, order);
    default: return write_memory(transfer, order);
  }
}

Result<BOOL> truth_of(const Result<void>& result) {
  return result ? Result<BOOL>(TRUE) : result.error();
}

template <class Character>
BOOL store_stream(SOCKET hSocket, const Character* lpszFileName, LPDWORD lpdwLength, DWORD dwOffset, DWORD dwOptions) {
  const auto call = traced("InetStoreStream", hSocket, lpszFileName, lpdwLength, dwOffset, dwOptions);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    if ((dwOptions & ~kForms) != 0) return Error::fault;
    const TextIn name(lpszFileName);
    const DWORD limit = lpdwLength ? *lpdwLength : 0;
    Transfer transfer(peer.stream(), peer.session(), Transfer::Direction::read);
    const LengthOut length(lpdwLength, transfer);
    engine::before_blocking();
    if (auto begun = transfer.begin(limit); !begun) return begun.error();
    auto file = open_store(name.get(), dwOffset);
    if (!file) return file.error();
    const OpenFile open(*file);
    FileSink sink(*file);
    return truth_of(transfer.read_into(sink, form_of(dwOptions), {}, limit_of(limit)));
  });
}

}  // namespace

BOOL WINAPI InetReadStream(SOCKET hSocket, LPVOID lpvBuffer, LPDWORD lpdwLength, DWORD dwOptions, LPBYTE lpMarker,
                           DWORD cbMarker) {
  const auto call = traced("InetReadStream", hSocket, lpvBuffer, lpdwLength, dwOptions, lpMarker, cbMarker);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    if (!lpvBuffer || !lpdwLength || !are_options_valid(dwOptions)) return Error::fault;
    if ((lpMarker == nullptr) != (cbMarker == 0)) return Error::fault;
    if ((dwOptions & INET_STREAM_MEMORY) && *lpdwLength == 0) return Error::fault;
    if ((dwOptions & INET_STREAM_SOCKET) && socket_of(lpvBuffer) == hSocket) return Error::fault;
    ReadOrder order{lpvBuffer, *lpdwLength, dwOptions, {}};
    if ((dwOptions & kTypes) == 0) order.options |= *lpdwLength ? INET_STREAM_MEMORY : INET_STREAM_HGLOBAL;
    if (lpMarker) order.marker = {reinterpret_cast<const char*>(lpMarker), cbMarker};
    Transfer transfer(peer.stream(), peer.session(), Transfer::Direction::read);
    const LengthOut length(lpdwLength, transfer);
    return truth_of(read_by_type(transfer, order));
  });
}

BOOL WINAPI InetWriteStream(SOCKET hSocket, LPVOID lpvBuffer, LPDWORD lpdwLength, DWORD dwOptions) {
  const auto call = traced("InetWriteStream", hSocket, lpvBuffer, lpdwLength, dwOptions);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    if (!lpvBuffer || !are_options_valid(dwOptions)) return Error::fault;
    if ((dwOptions & INET_STREAM_SOCKET) && socket_of(lpvBuffer) == hSocket) return Error::fault;
    const WriteOrder order{lpvBuffer, lpdwLength ? *lpdwLength : 0, dwOptions};
    Transfer transfer(peer.stream(), peer.session(), Transfer::Direction::write);
    const LengthOut length(lpdwLength, transfer);
    return truth_of(write_by_type(transfer, order));
  });
}

BOOL WINAPI InetStoreStreamA(SOCKET hSocket, LPCSTR lpszFileName, LPDWORD lpdwLength, DWORD dwOffset, DWORD dwOptions) {
  return store_stream(hSocket, lpszFileName, lpdwLength, dwOffset, dwOptions);
}

BOOL WINAPI InetStoreStreamW(SOCKET hSocket, LPCWSTR lpszFileName, LPDWORD lpdwLength, DWORD dwOffset,
                             DWORD dwOptions) {
  return store_stream(hSocket, lpszFileName, lpdwLength, dwOffset, dwOptions);
}

BOOL WINAPI InetGetStreamInfo(SOCKET hSocket, LPINETSTREAMINFO lpStreamInfo) {
  const auto call = traced("InetGetStreamInfo", hSocket, lpStreamInfo);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    if (!lpStreamInfo) return Error::fault;
    const TransferState* known = peer.stream().find_transfers();
    *lpStreamInfo = known ? known->info() : INETSTREAMINFO{};
    return TRUE;
  });
}
