// The sizes and offsets that Windows' headers give on 64-bit systems (sheet 4.2). timeval is left out: it is the C
// library's.
#include <gtest/gtest.h>
#include <ws2spi.h>
#include <ws2tcpip.h>

#include <sys/select.h>
#include <cstddef>

namespace {

static_assert(sizeof(sockaddr) == 16 && sizeof(sockaddr_in) == 16 && sizeof(sockaddr_in6) == 28);
static_assert(sizeof(sockaddr_storage) == 128 && alignof(sockaddr_storage) == 8);
static_assert(offsetof(sockaddr_in, sin_port) == 2 && offsetof(sockaddr_in, sin_addr) == 4);
static_assert(offsetof(sockaddr_in6, sin6_flowinfo) == 4 && offsetof(sockaddr_in6, sin6_addr) == 8 &&
              offsetof(sockaddr_in6, sin6_scope_id) == 24);
static_assert(sizeof(WSABUF) == 16 && offsetof(WSABUF, len) == 0 && offsetof(WSABUF, buf) == 8);
static_assert(sizeof(WSAOVERLAPPED) == 32 && offsetof(WSAOVERLAPPED, InternalHigh) == 8 &&
              offsetof(WSAOVERLAPPED, Offset) == 16 && offsetof(WSAOVERLAPPED, OffsetHigh) == 20 &&
              offsetof(WSAOVERLAPPED, Pointer) == 16 && offsetof(WSAOVERLAPPED, hEvent) == 24);
static_assert(sizeof(WSANETWORKEVENTS) == 44 && offsetof(WSANETWORKEVENTS, iErrorCode) == 4);
static_assert(sizeof(WSAPROTOCOLCHAIN) == 32 && offsetof(WSAPROTOCOLCHAIN, ChainEntries) == 4);
static_assert(sizeof(WSAPROTOCOL_INFOW) == 628 && sizeof(WSAPROTOCOL_INFOA) == 372);
static_assert(offsetof(WSAPROTOCOL_INFOW, dwProviderFlags) == 16 && offsetof(WSAPROTOCOL_INFOW, ProviderId) == 20 &&
              offsetof(WSAPROTOCOL_INFOW, dwCatalogEntryId) == 36 && offsetof(WSAPROTOCOL_INFOW, ProtocolChain) == 40 &&
              offsetof(WSAPROTOCOL_INFOW, iVersion) == 72 && offsetof(WSAPROTOCOL_INFOW, iAddressFamily) == 76 &&
              offsetof(WSAPROTOCOL_INFOW, iMaxSockAddr) == 80 && offsetof(WSAPROTOCOL_INFOW, iMinSockAddr) == 84 &&
              offsetof(WSAPROTOCOL_INFOW, iSocketType) == 88 && offsetof(WSAPROTOCOL_INFOW, iProtocol) == 92 &&
              offsetof(WSAPROTOCOL_INFOW, iProtocolMaxOffset) == 96 &&
              offsetof(WSAPROTOCOL_INFOW, iNetworkByteOrder) == 100 &&
              offsetof(WSAPROTOCOL_INFOW, iSecurityScheme) == 104 &&
              offsetof(WSAPROTOCOL_INFOW, dwMessageSize) == 108 &&
              offsetof(WSAPROTOCOL_INFOW, dwProviderReserved) == 112 && offsetof(WSAPROTOCOL_INFOW, szProtocol) == 116);
static_assert(sizeof(WSPDATA) == 516 && offsetof(WSPDATA, wHighVersion) == 2 && offsetof(WSPDATA, szDescription) == 4);
static_assert(sizeof(WSADATA) == 408 && offsetof(WSADATA, iMaxSockets) == 4 && offsetof(WSADATA, iMaxUdpDg) == 6 &&
              offsetof(WSADATA, lpVendorInfo) == 8 && offsetof(WSADATA, szDescription) == 16 &&
              offsetof(WSADATA, szSystemStatus) == 273);
static_assert(sizeof(WSATHREADID) == 16 && sizeof(LINGER) == 4);
static_assert(sizeof(fd_set) == 520 && offsetof(fd_set, fd_array) == 8);
static_assert(sizeof(WSAPOLLFD) == 16 && offsetof(WSAPOLLFD, events) == 8 && offsetof(WSAPOLLFD, revents) == 10);
static_assert(sizeof(tcp_keepalive) == 12 && sizeof(WSAMSG) == 56);
static_assert(sizeof(addrinfo) == 48 && offsetof(addrinfo, ai_addrlen) == 16 &&
              offsetof(addrinfo, ai_canonname) == 24 && offsetof(addrinfo, ai_addr) == 32 &&
              offsetof(addrinfo, ai_next) == 40);
static_assert(sizeof(WSPPROC_TABLE) == 240 && sizeof(WSPUPCALLTABLE) == 120);

// The places in the tables are part of the contract; these are the ones that are easily mistaken.
static_assert(offsetof(WSPPROC_TABLE, lpWSPAccept) == 0 && offsetof(WSPPROC_TABLE, lpWSPGetSockOpt) == 14 * 8 &&
              offsetof(WSPPROC_TABLE, lpWSPGetQOSByName) == 15 * 8 && offsetof(WSPPROC_TABLE, lpWSPListen) == 18 * 8 &&
              offsetof(WSPPROC_TABLE, lpWSPStringToAddress) == 29 * 8);
static_assert(offsetof(WSPUPCALLTABLE, lpWPUModifyIFSHandle) == 6 * 8 &&
              offsetof(WSPUPCALLTABLE, lpWPUCloseThread) == 14 * 8);

static_assert(sizeof(u_long) == 4 && sizeof(u_short) == 2 && sizeof(SOCKET) == 8);
static_assert(AF_INET6 == 23 && SOL_SOCKET == 0xffff && MSG_WAITALL == 8 && SO_EXCLUSIVEADDRUSE == ~4);
static_assert(static_cast<DWORD>(FIONBIO) == 0x8004667e && static_cast<DWORD>(SO_DONTLINGER) == 0xffffff7f);
static_assert(POLLIN == 0x300 && SOMAXCONN_HINT(500) == -500 && FD_ALL_EVENTS == 0x3ff);

TEST(ByteOrder, IsTheNetworks) {
  EXPECT_EQ(htons(0x1234), 0x3412);
  EXPECT_EQ(htonl(0x12345678), 0x78563412u);
  EXPECT_EQ(ntohs(htons(80)), 80);
  EXPECT_EQ(ntohl(htonl(INADDR_LOOPBACK)), 0x7f000001u);
}

TEST(FdSet, HoldsSocketsOfAnySize) {
  fd_set set;
  FD_ZERO(&set);
  const SOCKET big = SOCKET{7} << 32 | 5;
  FD_SET(big, &set);
  FD_SET(big, &set);
  FD_SET(SOCKET{9}, &set);
  EXPECT_EQ(set.fd_count, 2u) << "each once";
  EXPECT_TRUE(FD_ISSET(big, &set));
  FD_CLR(big, &set);
  EXPECT_FALSE(FD_ISSET(big, &set));
  EXPECT_TRUE(FD_ISSET(SOCKET{9}, &set));
  for (SOCKET s = 100; s < 300; ++s) FD_SET(s, &set);
  EXPECT_EQ(set.fd_count, static_cast<unsigned>(FD_SETSIZE)) << "a full set takes no more";
}

}  // namespace
