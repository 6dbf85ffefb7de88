// Moving data, one attempt at a time: what blocking, nonblocking and overlapped transfers have in common.
//
// A transfer is checked once, when the program asks for it (check_receive, check_send), and is then tried until it does not
// answer Error::would_block. An attempt never waits. What has been checked may have changed by the time of an attempt: a receive
// that was waiting when the program shut its side down still gets its data.
#pragma once

#include <winsock2.h>

#include "provider/linux/buffers.h"
#include "provider/linux/pending_receive.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// A receive that the program has asked for. All that it points at is the program's, and stays until the receive is over.
struct Incoming {
  const WSABUF* buffers = nullptr;
  DWORD count = 0;
  DWORD flags = 0;  // MSG_..., as the program gave them
  // Where the sender of a datagram is written to; both may be nullptr, and streams leave them alone.
  sockaddr* from = nullptr;
  LPINT from_length = nullptr;
  // Where WSARecvMsg wants the ancillary data; its len becomes what was used.
  WSABUF* control = nullptr;
  // Where WSARecvMsg wants the flags of the message, when it is overlapped.
  DWORD* message_flags = nullptr;
  // The caller has just tried, and nothing was there: a blocking receive need not try again before it waits.
  bool tried = false;

  // Filled by check_receive.
  Cursor at{};      // what is not filled yet
  size_t left = 0;  // so many bytes
};

struct Received {
  size_t bytes = 0;
  DWORD flags = 0;   // MSG_..., what *lpFlags becomes
  bool cut = false;  // a datagram that did not fit: its head was delivered, and the answer is Error::message_size
};

// A send that the program has asked for.
struct Outgoing {
  const WSABUF* buffers = nullptr;
  DWORD count = 0;
  DWORD flags = 0;
  const sockaddr* to = nullptr;  // nullptr: the connected peer. Streams do not look at it.
  int to_length = 0;
  const WSABUF* control = nullptr;  // the ancillary data of WSASendMsg

  // Filled by check_send; the program's copy of the address is not needed after it.
  Cursor at{};      // what is not sent yet
  size_t left = 0;  // so many bytes
  sys::Address address{};
};

// Why a transfer cannot begin; none when it can. In this order: buffers and addresses, their number, flags, state, the values of
// an address. Whether there is a place for the number of bytes is the caller's to check, before this.
//
// Errors   fault            no buffers, a length that looks negative, too little room for an address
//          invalid          no buffer at all; a datagram socket that receives without being bound
//          not_supported    flags that this kind of socket does not have
//          not_connected, shut_down, and why a connection ended
//          address_family_not_supported, address_not_available   send: a destination that cannot be one
Error check_receive(SocketRef& socket, Incoming& request);
Error check_send(SocketRef& socket, Outgoing& request);

// Receives what is there into request.at, and moves that on.
//
// Returns  On a stream 0 bytes mean that the peer has finished (or that nothing was asked for); MSG_WAITALL is the caller's loop.
// Errors   would_block   nothing there yet
//          any other     why it never will be
Result<Received> try_receive(SocketRef& socket, Incoming& request);

// Whether a receive with these flags would find something: data, the end, or an error, which is then the answer.
//
// Errors   would_block   nothing there yet
Result<void> try_readable(SocketRef& socket, DWORD flags);

// Sends what the kernel takes of request.at, and moves that on. A datagram goes as a whole.
//
// Returns  the bytes of this attempt; a part does not mean that the next attempt would block.
// Errors   would_block   the kernel, or what an earlier send has left behind (spill.h), must drain first
//          any other     why nothing goes any more
Result<size_t> try_send(SocketRef& socket, Outgoing& request);

}  // namespace inlet::provider
