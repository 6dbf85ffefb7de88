// WSPDuplicateSocket, and what WSPSocket does with the structure that it fills.
#include "provider/linux/duplicate.h"

#include <chrono>

#include "base/limits.h"
#include "provider/linux/calls.h"
#include "provider/linux/offers.h"
#include "provider/linux/passed_socket.h"

namespace inlet::provider {
namespace {

// The fields that a provider may use for itself carry the name; the mark tells it from a structure of the catalog.
constexpr DWORD kMark = 0x444c4e49;

void write_name(const sys::PassName& name, WSAPROTOCOL_INFOW& info) {
  info.dwServiceFlags2 = name[0];
  info.dwServiceFlags3 = name[1];
  info.dwServiceFlags4 = name[2];
  info.dwProviderReserved = kMark;
}

sys::PassName name_in(const WSAPROTOCOL_INFOW& info) {
  return {info.dwServiceFlags2, info.dwServiceFlags3, info.dwServiceFlags4};
}

Result<SOCKET> open_own(SocketRef& socket, uint32_t overlapped) {
  const int fd = sys::duplicate(socket.fd());
  if (fd < 0) {
    close_counted(socket);
    return error_of_errno(-fd);
  }
  const uint32_t state = socket->flags();
  return publish_handle(adopt_alias(fd, (state & kBound) | overlapped, socket), state);
}

// Descriptors of this process that are closed in any case.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) sys::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

Result<void> wait_for_answer(int fd) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::milliseconds(kOfferAnswer_ms);
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return Error::timed_out;
    const int ready = sys::wait(fd, sys::kReadable, -1, static_cast<int>(left));
    if (ready < 0) return error_of_errno(-ready);
    if (ready > 0) return {};
  }
}

Error call_failure(int number) {
  const Error error = error_of_errno(number);
  // Nobody listens there; or so many do call at once.
  if (error == Error::conn_refused) return Error::invalid;
  return error == Error::would_block ? Error::timed_out : error;
}

// The room for the socket is kept until it comes, because one for which there is no room would be lost.
Result<SOCKET> open_foreign(const sys::PassName& name, uint32_t overlapped) {
  Descriptor room(sys::make_wake());
  if (room.get() < 0) return error_of_errno(-room.get());
  Descriptor line(sys::call(name));
  if (line.get() < 0) return call_failure(-line.get());
  if (auto answered = wait_for_answer(line.get()); !answered) return answered.error();
  room.close();
  uint32_t state = 0;
  auto handle = receive_socket(line.get(), overlapped, &state);
  return publish_handle(handle, state);
}

Result<void> duplicate(SocketRef& socket, DWORD process, WSAPROTOCOL_INFOW& info) {
  if (process == 0 || process == ~DWORD{0}) return Error::invalid;
  auto name = make_offer(socket, process);
  if (!name) return name.error();
  info = entry_of(socket->flags());
  if (socket->has(kRaw)) sys::get_option(socket.fd(), sys::Option::protocol, &info.iProtocol);
  write_name(*name, info);
  return {};
}

}  // namespace

bool is_duplicate(const WSAPROTOCOL_INFOW* info) {
  return info != nullptr && info->dwProviderReserved == kMark;
}

Result<SOCKET> open_duplicate(const WSAPROTOCOL_INFOW& info, uint32_t overlapped) {
  const sys::PassName name = name_in(info);
  if (auto socket = take_offer(name)) return open_own(*socket, overlapped);
  return open_foreign(name, overlapped);
}

int WSPAPI WSPDuplicateSocket(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOW lpProtocolInfo, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  if (lpProtocolInfo == nullptr) return failed(lpErrno, Error::fault);
  return finished(lpErrno, duplicate(socket, dwProcessId, *lpProtocolInfo));
}

}  // namespace inlet::provider
