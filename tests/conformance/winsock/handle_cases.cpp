// What is done with sockets as handles: sharing them, joining groups, asking for the catalog and for QOS.
#include <vector>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

std::string duplicate_code(SOCKET s, DWORD process, bool with_info = true) {
  WSAPROTOCOL_INFOW info{};
  return outcome(::WSADuplicateSocketW(s, process, with_info ? &info : nullptr));
}

Socket duplicate_of(SOCKET s) {
  WSAPROTOCOL_INFOW info{};
  must(::WSADuplicateSocketW(s, ::GetCurrentProcessId(), &info), "WSADuplicateSocket");
  Socket copy(::WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED));
  if (!copy.valid()) throw SetupFailed("WSASocket: " + last_error());
  return copy;
}

std::string duplicate_info() {
  Socket s = tcp();
  WSAPROTOCOL_INFOW info{};
  must(::WSADuplicateSocketW(s, ::GetCurrentProcessId(), &info), "WSADuplicateSocket");
  return number(info.iAddressFamily) + " " + number(info.iSocketType) + " " + number(info.iProtocol);
}

std::string opened_with_zeros() {
  Socket s = tcp();
  WSAPROTOCOL_INFOW info{};
  must(::WSADuplicateSocketW(s, ::GetCurrentProcessId(), &info), "WSADuplicateSocket");
  return made(::WSASocketW(0, 0, 0, &info, 0, WSA_FLAG_OVERLAPPED));
}

std::string same_connection() {
  Pair pair = connected();
  Socket copy = duplicate_of(pair.client);
  must(send_text(copy, "abc"), "send");
  return receive(pair.server);
}

std::string survives_original() {
  Pair pair = connected();
  Socket copy = duplicate_of(pair.client);
  pair.client.close();
  must(send_text(copy, "abc"), "send");
  const std::string data = receive(pair.server);
  copy.close();
  return say({data, receive(pair.server)});
}

std::string shares_options() {
  Socket s = tcp();
  Socket copy = duplicate_of(s);
  must(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{1234}), "SO_RCVTIMEO");
  return option(copy, SOL_SOCKET, SO_RCVTIMEO);
}

std::string shares_mode() {
  Pair pair = connected();
  Socket copy = duplicate_of(pair.client);
  nonblocking(pair.client);
  return receive(copy);
}

std::string shares_queue() {
  Socket server = listener();
  Socket copy = duplicate_of(server);
  Socket client = connect_to(server);
  return made(::accept(copy, nullptr, nullptr));
}

std::string handles_differ() {
  Socket s = tcp();
  Socket copy = duplicate_of(s);
  return yes_no(s.get() != copy.get());
}

// --- multicast

constexpr DWORD kLeaf = WSA_FLAG_OVERLAPPED | WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF;

Socket leaf() {
  Socket s(::WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, nullptr, 0, kLeaf));
  if (!s.valid()) throw SetupFailed("WSASocket: " + last_error());
  must(bind_to(s, wildcard()), "bind");
  return s;
}

std::string join(SOCKET s, const Address* group, int size, DWORD flags = JL_BOTH) {
  const SOCKET joined =
      ::WSAJoinLeaf(s, group == nullptr ? nullptr : group->get(), size, nullptr, nullptr, nullptr, nullptr, flags);
  if (joined == INVALID_SOCKET) return last_error();
  return joined == s ? "itself" : "another";
}

Address group_address() {
  return v4_address(0xefffff01, htons(5000));
}

// --- the catalog

std::string enumerate(const INT* protocols) {
  std::vector<char> room(1 << 16);
  DWORD size = static_cast<DWORD>(room.size());
  const int count =
      ::WSAEnumProtocolsW(const_cast<INT*>(protocols), reinterpret_cast<LPWSAPROTOCOL_INFOW>(room.data()), &size);
  if (count == SOCKET_ERROR) return last_error();
  const auto* entries = reinterpret_cast<const WSAPROTOCOL_INFOW*>(room.data());
  bool tcp4 = false;
  bool udp4 = false;
  bool tcp6 = false;
  bool udp6 = false;
  for (int i = 0; i < count; ++i) {
    const bool v6 = entries[i].iAddressFamily == AF_INET6;
    const bool v4 = entries[i].iAddressFamily == AF_INET;
    tcp4 = tcp4 || (v4 && entries[i].iProtocol == IPPROTO_TCP);
    udp4 = udp4 || (v4 && entries[i].iProtocol == IPPROTO_UDP);
    tcp6 = tcp6 || (v6 && entries[i].iProtocol == IPPROTO_TCP);
    udp6 = udp6 || (v6 && entries[i].iProtocol == IPPROTO_UDP);
  }
  return std::string(tcp4 ? "tcp4 " : "") + (udp4 ? "udp4 " : "") + (tcp6 ? "tcp6 " : "") + (udp6 ? "udp6 " : "");
}

std::string enumerate_sizing() {
  DWORD size = 0;
  const std::string code = outcome(::WSAEnumProtocolsW(nullptr, nullptr, &size));
  return say({code, yes_no(size >= 4 * sizeof(WSAPROTOCOL_INFOW) && size % sizeof(WSAPROTOCOL_INFOW) == 0)});
}

const WSAPROTOCOL_INFOW* entry_of(std::vector<char>* room, int family, int protocol) {
  room->resize(1 << 16);
  DWORD size = static_cast<DWORD>(room->size());
  const int count = ::WSAEnumProtocolsW(nullptr, reinterpret_cast<LPWSAPROTOCOL_INFOW>(room->data()), &size);
  const auto* entries = reinterpret_cast<const WSAPROTOCOL_INFOW*>(room->data());
  for (int i = 0; i < count; ++i)
    if (entries[i].iAddressFamily == family && entries[i].iProtocol == protocol) return entries + i;
  throw SetupFailed("no such entry");
}

std::string entry_flags(int family, int protocol) {
  std::vector<char> room;
  const WSAPROTOCOL_INFOW* entry = entry_of(&room, family, protocol);
  return say({number(entry->dwServiceFlags1), number(entry->ProtocolChain.ChainLen), number(entry->iVersion),
              number(entry->iMinSockAddr) + ".." + number(entry->iMaxSockAddr), number(entry->iNetworkByteOrder)});
}

}  // namespace

void add_handle_cases(Suite& suite) {
  suite.table(
      "WSADuplicateSocket", "WSADuplicateSocket",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:duplicatesocket",
           [] { return duplicate_code(INVALID_SOCKET, ::GetCurrentProcessId()); }},
          {"process-0", "process 0", "WSAEINVAL", "obs:test_WSADuplicateSocket",
           [] {
             Socket s = tcp();
             return duplicate_code(s, 0);
           }},
          {"process-minus-1", "process -1", "WSAEINVAL", "obs:test_WSADuplicateSocket",
           [] {
             Socket s = tcp();
             return duplicate_code(s, ~DWORD{0});
           }},
          {"null-info", "the structure is NULL", "WSAEFAULT", "spi:duplicatesocket",
           [] {
             Socket s = tcp();
             return duplicate_code(s, ::GetCurrentProcessId(), false);
           }},
          {"info", "the structure carries family, type and protocol", "2 1 6", "obs:test_WSADuplicateSocket",
           duplicate_info},
          {"zeros", "WSASocket(0, 0, 0, info) opens it", "ok", "obs:test_WSADuplicateSocket", opened_with_zeros},
          {"handles-differ", "the duplicate is another handle", "yes", "spi:duplicatesocket", handles_differ},
          {"same-connection", "what it sends is of the same connection", "'abc'", "spi:duplicatesocket",
           same_connection},
          {"survives", "the last handle ends the connection", "'abc', end", "spi:duplicatesocket", survives_original},
          {"options", "options are shared", "1234", "spi:duplicatesocket", shares_options},
          {"mode", "the blocking mode is shared", "WSAEWOULDBLOCK", "spi:duplicatesocket", shares_mode},
          {"queue", "a listener's queue is shared", "ok", "sheet 6.2 #50", shares_queue},
      });
  suite.table("WSAJoinLeaf", "WSAJoinLeaf",
              {
                  {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:joinleaf",
                   [] {
                     const Address group = group_address();
                     return join(INVALID_SOCKET, &group, group.size);
                   }},
                  {"null-name", "name is NULL", "WSAEFAULT", "spi:joinleaf",
                   [] {
                     Socket s = leaf();
                     return join(s, nullptr, 16);
                   }},
                  {"short-name", "the name is one byte short", "WSAEFAULT", "spi:joinleaf",
                   [] {
                     Socket s = leaf();
                     const Address group = group_address();
                     return join(s, &group, 15);
                   }},
                  {"no-flags", "the socket was made without the multipoint flags", "WSAEINVAL", "spi:joinleaf",
                   [] {
                     Socket s = udp();
                     must(bind_to(s, wildcard()), "bind");
                     const Address group = group_address();
                     return join(s, &group, group.size);
                   }},
                  {"joins", "a multicast group: the socket itself", "itself", "spi:joinleaf",
                   [] {
                     Socket s = leaf();
                     const Address group = group_address();
                     return join(s, &group, group.size);
                   }},
                  {"bad-family", "a name of another family", "WSAEAFNOSUPPORT", "spi:joinleaf",
                   [] {
                     Socket s = leaf();
                     Address group = group_address();
                     group.any.sa_family = static_cast<ADDRESS_FAMILY>(0xdead);
                     return join(s, &group, group.size);
                   }},
                  {"stream", "a stream socket", "WSAEOPNOTSUPP", "spi:joinleaf",
                   [] {
                     Socket s = tcp();
                     const Address group = group_address();
                     return join(s, &group, group.size);
                   }},
                  {"bad-jl", "flags that are no JL_", "WSAEINVAL", "spi:joinleaf",
                   [] {
                     Socket s = leaf();
                     const Address group = group_address();
                     return join(s, &group, group.size, 0x80);
                   }},
              });
  suite.table("WSAGetQOSByName", "WSAGetQOSByName",
              {
                  {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:getqosbyname",
                   [] {
                     WSABUF name{0, nullptr};
                     QOS qos{};
                     return truth(::WSAGetQOSByName(INVALID_SOCKET, &name, &qos));
                   }},
                  {"unsupported", "there are no templates", "WSAEOPNOTSUPP", "sheet 2.23",
                   [] {
                     Socket s = tcp();
                     char text[] = "G711";
                     WSABUF name{5, text};
                     QOS qos{};
                     return truth(::WSAGetQOSByName(s, &name, &qos));
                   }},
              });
  suite.table("WSAEnumProtocols", "WSAEnumProtocols",
              {
                  {"sizing", "no room: the length says how much is needed", "WSAENOBUFS, yes",
                   "obsP:test_WSAEnumProtocolsW", enumerate_sizing},
                  {"null-length", "the length pointer is NULL", "WSAEFAULT", "sheet 1.11",
                   [] { return outcome(::WSAEnumProtocolsW(nullptr, nullptr, nullptr)); }},
                  {"all", "TCP and UDP, both families", "tcp4 udp4 tcp6 udp6 ", "sheet 1.12",
                   [] { return enumerate(nullptr); }},
                  {"tcp-only", "only TCP", "tcp4 tcp6 ", "sheet 1.11",
                   [] {
                     const INT only[] = {IPPROTO_TCP, 0};
                     return enumerate(only);
                   }},
                  {"none", "a protocol that nobody has", "", "sheet 1.11",
                   [] {
                     const INT only[] = {250, 0};
                     return enumerate(only);
                   }},
                  {"tcp4", "flags, chain, version, address sizes, order of TCP/IPv4", "131174, 1, 2, 16..16, 0",
                   "sheet 1.12", [] { return entry_flags(AF_INET, IPPROTO_TCP); }},
                  {"udp4", "the same of UDP/IPv4", "132617, 1, 2, 16..16, 0", "sheet 1.12",
                   [] { return entry_flags(AF_INET, IPPROTO_UDP); }},
                  {"tcp6", "the same of TCP/IPv6", "131174, 1, 2, 28..28, 0", "sheet 1.12",
                   [] { return entry_flags(AF_INET6, IPPROTO_TCP); }},
                  {"udp6", "the same of UDP/IPv6", "132617, 1, 2, 28..28, 0", "sheet 1.12",
                   [] { return entry_flags(AF_INET6, IPPROTO_UDP); }},
              });
}

}  // namespace conformance
