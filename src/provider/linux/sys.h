// The system calls of the base provider, behind plain numbers and bytes.
//
// Winsock's headers and Linux' give different numbers to the same names, so no file can see both. This header belongs
// to neither side: sys.cpp sees Linux', all others see Winsock's.
//
// Shape    Every function returns a negative errno when it fails. EINTR never comes out. Descriptors are always
// O_NONBLOCK and
//          CLOEXEC, and no send raises SIGPIPE.
// Thread   Any; nothing here waits except wait().
#pragma once

#include <cstddef>
#include <cstdint>

namespace inlet::provider::sys {

// A socket address in Winsock's form (family 23 for IPv6); the layout is the same on both sides.
struct Address {
  alignas(4) unsigned char bytes[28] = {};
  int size = 0;
};

inline constexpr int kSizeV4 = 16;
inline constexpr int kSizeV6 = 28;

// Laid out like iovec.
struct Piece {
  void* data;
  size_t size;
};

enum Flag : unsigned { kPeek = 1, kOutOfBand = 2, kDontRoute = 4 };

enum class Option {
  type,
  error,
  reuse_address,
  reuse_port,
  no_port_at_bind,  // a bind to port 0 leaves the choice to connect
  keep_alive,
  dont_route,
  broadcast,
  out_of_band_inline,
  send_buffer_bytes,
  receive_buffer_bytes,
  no_delay,
  keep_idle_s,
  keep_interval_s,
  keep_count,
  max_segment,
  user_timeout_ms,
  syn_retries,
  time_to_live,
  header_included,
  protocol,
  type_of_service,
  multicast_ttl,
  multicast_loop,
  v6_only,
  v6_unicast_hops,
  v6_multicast_hops,
  v6_multicast_loop,
  discover_path,  // a Discover
  tell_ttl,       // with each datagram: Arrival::hops
  unicast_interface,
  v6_dont_fragment,
  v6_tell_hops,
  v6_multicast_interface,
  v6_unicast_interface,
  no_checksum,
  arrives_on_processor,
};
enum Discover { kDiscoverNever = 0, kDiscoverAlways = 2 };

enum class TcpState { closed, connecting, listening, open };

int open_socket(bool v6, bool datagram);
// Protocol 0 and 255 receive nothing.
int open_raw_socket(bool v6, int protocol);
int close(int fd);
bool interface_exists(uint32_t index);
// On whose behalf this thread acts.
uint32_t user();

int bind(int fd, const Address& address);
int listen(int fd, int backlog);
int accept(int fd, Address* peer);
// What listen() may ask for at most.
int backlog_max();
// How many connections wait in the kernel's queue of a listener; negative for one that does not listen.
int queued_connections(int fd);
// Whether the packets of a connection come in on the processor that this thread runs on.
bool arrived_here(int fd);
// A listener refuses from now on, until it is told to listen again; whoever waits is reset.
int shutdown_receive(int fd);
// While deaf, a listener drops every packet of a client that is not in yet, unheard. It never fails in a way that matters:
// who is heard all the same is reset.
void deafen(int fd, bool v6, bool on);
int connect(int fd, const Address* address);
// Dissolves the association of a datagram socket, resets a connection, or ends a connect that has failed.
int dissolve(int fd);
// Whether a stream is connected, or was until just now: false while it connects, and when that has failed.
bool has_peer(int fd);
int shutdown_send(int fd);
// Puts what other is into the place of fd; other is closed. Calls that are in the kernel with the old one stay with it.
int replace(int fd, int other);
// One more descriptor of what fd stands for; a new one, or what was behind other goes.
int duplicate(int fd);
int duplicate_to(int fd, int other);
int local_name(int fd, Address* address);

// Bytes, 0 for the end of a stream.
ptrdiff_t receive(int fd, void* data, size_t size, unsigned flags);
ptrdiff_t receive_pieces(int fd, const Piece* pieces, size_t count, unsigned flags);
ptrdiff_t send(int fd, const void* data, size_t size, unsigned flags);
ptrdiff_t send_pieces(int fd, const Piece* pieces, size_t count, unsigned flags);

// What comes with a datagram. The packet information - which address it was sent to and where it came in - is there after
// ask_packet_info; then it also says whether the datagram went to many.
struct Arrival {
  bool cut = false;  // it was larger than the pieces
  bool broadcast = false;
  bool multicast = false;
  bool has_info = false;
  bool info_v6 = false;
  unsigned char address[16] = {};
  uint32_t interface = 0;
  int hops = -1;  // what is left of them; -1 when the kernel was not asked to tell
  Address from;
};
// Where a datagram is to leave the machine.
struct PacketSource {
  bool v6 = false;
  unsigned char address[16] = {};
  uint32_t interface = 0;
};
ptrdiff_t receive_message(int fd, const Piece* pieces, size_t count, unsigned flags, Arrival* arrival);
// to and source may be nullptr.
ptrdiff_t send_message(int fd, const Piece* pieces, size_t count, unsigned flags, const Address* to,
                       const PacketSource* source);
int ask_packet_info(int fd, bool v6);

// Keeps each ICMP answer to a datagram until take_icmp, also for a socket without a peer.
int queue_icmp(int fd, bool v6, bool on);
enum class Icmp { none, port_unreachable, expired, other };
// The oldest answer, or none.
Icmp take_icmp(int fd);

// Bytes of the file from offset on that the socket took; 0 at the end of the file.
ptrdiff_t send_file(int fd, int file, uint64_t offset, size_t size);
// The same in two steps, by way of a pipe with so much room: what is put in, and taken out at the other end.
int open_pipe(int* in, int* out, size_t room);
ptrdiff_t fill_pipe(int in, int file, uint64_t offset, size_t size);
// more: what follows comes at once, so the rest of a segment may wait for it.
ptrdiff_t send_from_pipe(int fd, int out, size_t size, bool more);
// Where a file stands, and where it is to stand.
int64_t file_position(int file);
int set_file_position(int file, uint64_t position);
int64_t file_bytes(int file);

int get_option(int fd, Option option, int* value);
int set_option(int fd, Option option, int value);
// From now on close() resets the connection instead of ending it in good order.
int reset_on_close(int fd, bool on);

TcpState tcp_state(int fd);
// The options in the header of IPv4 packets, as bytes; the first one returns how many there are.
int header_options(int fd, char* bytes, int size);
int set_header_options(int fd, const char* bytes, int size);
// Whether the connection's segments have timestamps, or, without a connection, would have them.
bool uses_timestamps(int fd);
// Bytes; at_mark answers 1 or 0. All may fail.
int readable_bytes(int fd);
int unsent_bytes(int fd);
// Of these, what has not even been on its way once.
int not_yet_sent_bytes(int fd);
int at_mark(int fd);
// Of a connection that has timed out: whether keep-alive probes found that the peer is gone.
bool died_of_keep_alive(int fd);
// Whether the peer sends no more.
bool peer_finished(int fd);
// Whether urgent data waits to be read out of band.
bool has_urgent(int fd);

enum Ready : unsigned { kReadable = 1, kWritable = 2, kPriority = 4, kWoken = 8, kPeerClosed = 16 };

// Waits until fd is ready for one of events, has failed (then all of events are reported), or wake_fd is signalled.
//
// Returns  a set of Ready; 0 when the time is over. timeout_ms < 0 waits for ever.
int wait(int fd, unsigned events, int wake_fd, int timeout_ms);

// A descriptor to be looked at together with others; laid out like pollfd. A negative one is passed over.
enum Look : int16_t {
  kLookReadable = 0x001,
  kLookPriority = 0x002,
  kLookWritable = 0x004,
  kLookError = 0x008,  // this one and the next are reported without being asked for
  kLookHungUp = 0x010,
  kLookFinished = 0x2000,  // the peer sends no more
};
struct Watch {
  int fd;
  int16_t asked;
  int16_t seen;
};
// Waits until one of the descriptors shows something. timeout_ns < 0 waits for ever; a signal ends the wait early.
//
// Returns  how many show something.
int poll(Watch* watches, size_t count, int64_t timeout_ns);

// All that a connection has received so far.
int64_t received_bytes(int fd);
// How much memory a datagram socket's queue takes: grows with each datagram that arrives.
int64_t queued_memory(int fd);

int make_wake();
void signal_wake(int wake_fd);
void drain_wake(int wake_fd);

}  // namespace inlet::provider::sys
