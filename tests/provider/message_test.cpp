// WSARecvMsg and WSASendMsg: datagrams with ancillary data, found by GUID.
#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

using RecvMsg = INT(WSAAPI*)(SOCKET, LPWSAMSG, LPDWORD, LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE);
using SendMsg = INT(WSAAPI*)(SOCKET, LPWSAMSG, DWORD, LPDWORD, LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE);

constexpr GUID kRecvMsg = {0xf689d7c8, 0x6f1f, 0x436b, {0x8a, 0x53, 0xe5, 0x4f, 0xe3, 0x51, 0xc3, 0x22}};
constexpr GUID kSendMsg = {0xa441e712, 0x754f, 0x43ca, {0x84, 0xa7, 0x0d, 0xee, 0x44, 0xcf, 0x60, 0x6d}};

class Message : public ProviderTest {
 protected:
  void SetUp() override {
    ProviderTest::SetUp();
    SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
    EXPECT_EQ(find(s, kRecvMsg, &recv_msg_), 0);
    EXPECT_EQ(find(s, kSendMsg, &send_msg_), 0);
  }
  template <class Function>
  int find(SOCKET s, GUID guid, Function* function) {
    int error = 0;
    DWORD returned = 0;
    return wsp.lpWSPIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &guid, sizeof(guid), function, sizeof(*function),
                          &returned, nullptr, nullptr, nullptr, &error) == 0
               ? 0
               : error;
  }
  // Bytes, or the error code as a negative number; the rest is in message_, from_ and control_.
  int receive(SOCKET s, size_t room, size_t control_room, DWORD flags = 0) {
    buffer_ = {static_cast<ULONG>(room), text_};
    message_ = {from_.get(), static_cast<INT>(sizeof(sockaddr_in6)),       &buffer_,
                1,           {static_cast<ULONG>(control_room), control_}, flags};
    DWORD count = 0;
    const int result = recv_msg_(s, &message_, &count, nullptr, nullptr);
    return result == 0 ? static_cast<int>(count) : -WSAGetLastError();
  }
  int send_message(SOCKET s, const Name& to, const void* control, size_t control_size) {
    WSABUF data{4, const_cast<CHAR*>("data")};
    WSAMSG message{const_cast<sockaddr*>(to.get()),
                   to.size,
                   &data,
                   1,
                   {static_cast<ULONG>(control_size), static_cast<CHAR*>(const_cast<void*>(control))},
                   0};
    DWORD count = 0;
    const int result = send_msg_(s, &message, 0, &count, nullptr, nullptr);
    return result == 0 ? static_cast<int>(count) : -WSAGetLastError();
  }
  int send_plain(SOCKET s, const Name& to) { return send_message(s, to, nullptr, 0); }

  RecvMsg recv_msg_ = nullptr;
  SendMsg send_msg_ = nullptr;
  Name from_{};
  WSABUF buffer_{};
  WSAMSG message_{};
  char text_[16] = {};
  alignas(8) CHAR control_[128] = {};
};

TEST_F(Message, OnlyKnownFunctionsAreFound) {
  SOCKET s = make_socket();
  void* function = nullptr;
  EXPECT_EQ(find(s, GUID{}, &function), WSAEINVAL);
  char small = 0;
  EXPECT_EQ(find(s, kRecvMsg, &small), WSAEFAULT);
  GUID guid = kRecvMsg;
  int error = 0;
  DWORD returned = 0;
  EXPECT_EQ(wsp.lpWSPIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &guid, 8, &function, sizeof(function), &returned,
                           nullptr, nullptr, nullptr, &error),
            SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
}

TEST_F(Message, TellsWhereADatagramCameIn) {
  SOCKET receiver = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(bind(receiver, wildcard()), 0);
  ASSERT_EQ(set_option(receiver, IPPROTO_IP, IP_PKTINFO, DWORD{1}), 0);
  Name name;
  ASSERT_EQ(local_name(receiver, &name), 0);
  SOCKET sender = make_socket(AF_INET, SOCK_DGRAM);
  Name to = loopback(AF_INET, name.port());
  to.v4.sin_addr.s_addr = htonl(0x7f000002);  // any of 127.0.0.0/8 is ours
  ASSERT_EQ(send_plain(sender, to), 4);
  ASSERT_EQ(receive(receiver, 16, sizeof(control_)), 4);
  EXPECT_EQ(std::string(text_, 4), "data");
  EXPECT_EQ(message_.namelen, static_cast<INT>(sizeof(sockaddr_in)));
  EXPECT_EQ(message_.dwFlags, 0u);
  const WSACMSGHDR* header = WSA_CMSG_FIRSTHDR(&message_);
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->cmsg_level, IPPROTO_IP);
  EXPECT_EQ(header->cmsg_type, IP_PKTINFO);
  EXPECT_EQ(header->cmsg_len, WSA_CMSG_LEN(sizeof(IN_PKTINFO)));
  IN_PKTINFO info{};
  std::memcpy(&info, WSA_CMSG_DATA(header), sizeof(info));
  EXPECT_EQ(info.ipi_addr.s_addr, to.v4.sin_addr.s_addr);
  EXPECT_NE(info.ipi_ifindex, 0u);
  EXPECT_EQ(WSA_CMSG_NXTHDR(&message_, const_cast<WSACMSGHDR*>(header)), nullptr);

  // The answer leaves from where the question went to.
  Name back = from_;
  back.size = sizeof(sockaddr_in);
  ASSERT_EQ(send_message(receiver, back, control_, message_.Control.len), 4);
  ASSERT_EQ(receive(sender, 16, 0), 4);
  EXPECT_EQ(from_.v4.sin_addr.s_addr, to.v4.sin_addr.s_addr);
}

TEST_F(Message, TellsHowManyHopsAreLeft) {
  struct Row {
    int family, level, wanted, hops;
  };
  for (Row row :
       {Row{AF_INET, IPPROTO_IP, IP_HOPLIMIT, IP_TTL}, Row{AF_INET6, IPPROTO_IPV6, IPV6_HOPLIMIT, IPV6_UNICAST_HOPS}}) {
    SOCKET receiver = make_bound(row.family, SOCK_DGRAM);
    ASSERT_EQ(set_option(receiver, row.level, row.wanted, DWORD{1}), 0);
    Name to;
    ASSERT_EQ(local_name(receiver, &to), 0);
    SOCKET sender = make_socket(row.family, SOCK_DGRAM);
    ASSERT_EQ(set_option(sender, row.level, row.hops, DWORD{17}), 0);
    ASSERT_EQ(send_plain(sender, to), 4);
    ASSERT_EQ(receive(receiver, 16, sizeof(control_)), 4);
    const WSACMSGHDR* header = WSA_CMSG_FIRSTHDR(&message_);
    ASSERT_NE(header, nullptr);
    EXPECT_EQ(header->cmsg_level, row.level);
    EXPECT_EQ(header->cmsg_type, row.wanted);
    INT hops = 0;
    std::memcpy(&hops, WSA_CMSG_DATA(header), sizeof(hops));
    EXPECT_EQ(hops, 17);
    // Both kinds stand in a row, or, without room for both, none does.
    ASSERT_EQ(set_option(receiver, row.level, row.family == AF_INET ? IP_PKTINFO : IPV6_PKTINFO, DWORD{1}), 0);
    ASSERT_EQ(send_plain(sender, to), 4);
    ASSERT_EQ(receive(receiver, 16, sizeof(control_)), 4);
    header = WSA_CMSG_FIRSTHDR(&message_);
    ASSERT_NE(header, nullptr);
    EXPECT_NE(header->cmsg_type, row.wanted);
    header = WSA_CMSG_NXTHDR(&message_, const_cast<WSACMSGHDR*>(header));
    ASSERT_NE(header, nullptr);
    EXPECT_EQ(header->cmsg_type, row.wanted);
    ASSERT_EQ(send_plain(sender, to), 4);
    EXPECT_EQ(receive(receiver, 16, 40), -WSAEMSGSIZE);
    EXPECT_EQ(message_.dwFlags, DWORD{MSG_CTRUNC});
    EXPECT_EQ(message_.Control.len, 0u);
  }
}

TEST_F(Message, TellsItOfVersionSixToo) {
  SOCKET receiver = make_bound(AF_INET6, SOCK_DGRAM);
  ASSERT_EQ(set_option(receiver, IPPROTO_IPV6, IPV6_PKTINFO, DWORD{1}), 0);
  Name name;
  ASSERT_EQ(local_name(receiver, &name), 0);
  SOCKET sender = make_socket(AF_INET6, SOCK_DGRAM);
  IN6_PKTINFO source{in6addr_loopback, 0};
  alignas(8) char control[WSA_CMSG_SPACE(sizeof(source))] = {};
  WSACMSGHDR out{WSA_CMSG_LEN(sizeof(source)), IPPROTO_IPV6, IPV6_PKTINFO};
  std::memcpy(control, &out, sizeof(out));
  std::memcpy(control + sizeof(out), &source, sizeof(source));
  ASSERT_EQ(send_message(sender, name, control, sizeof(control)), 4);
  ASSERT_EQ(receive(receiver, 16, sizeof(control_)), 4);
  const WSACMSGHDR* header = WSA_CMSG_FIRSTHDR(&message_);
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->cmsg_level, IPPROTO_IPV6);
  EXPECT_EQ(header->cmsg_type, IPV6_PKTINFO);
  IN6_PKTINFO info{};
  std::memcpy(&info, WSA_CMSG_DATA(header), sizeof(info));
  EXPECT_EQ(std::memcmp(&info.ipi6_addr, &in6addr_loopback, sizeof(in6addr_loopback)), 0);
}

TEST_F(Message, SaysWhatWasCutOff) {
  SOCKET receiver = make_bound(AF_INET, SOCK_DGRAM);
  Name name;
  ASSERT_EQ(local_name(receiver, &name), 0);
  SOCKET sender = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(send_plain(sender, name), 4);
  EXPECT_EQ(receive(receiver, 2, 0), -WSAEMSGSIZE);
  EXPECT_EQ(message_.dwFlags, static_cast<DWORD>(MSG_TRUNC));
  EXPECT_EQ(message_.Control.len, 0u) << "nothing was wanted";
  ASSERT_EQ(set_option(receiver, IPPROTO_IP, IP_PKTINFO, DWORD{1}), 0);
  ASSERT_EQ(send_plain(sender, name), 4);
  EXPECT_EQ(receive(receiver, 16, 8), -WSAEMSGSIZE);
  EXPECT_EQ(message_.dwFlags, static_cast<DWORD>(MSG_CTRUNC));
  EXPECT_EQ(std::string(text_, 4), "data");
}

TEST_F(Message, SaysThatADatagramWentToMany) {
  SOCKET receiver = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(bind(receiver, wildcard()), 0);
  Name name;
  ASSERT_EQ(local_name(receiver, &name), 0);
  SOCKET sender = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(set_option(sender, SOL_SOCKET, SO_BROADCAST, BOOL{TRUE}), 0);
  ASSERT_EQ(set_nonblocking(receiver), 0);
  EXPECT_EQ(receive(receiver, 16, 0), -WSAEWOULDBLOCK);
  Name everybody = loopback(AF_INET, name.port());
  everybody.v4.sin_addr.s_addr = htonl(0x7fffffff);
  ASSERT_EQ(send_plain(sender, everybody), 4);
  EXPECT_TRUE(eventually([&] { return receive(receiver, 16, 0) == 4; }));
  EXPECT_EQ(message_.dwFlags, static_cast<DWORD>(MSG_BCAST));
}

TEST_F(Message, ChecksItsArguments) {
  SOCKET receiver = make_bound(AF_INET, SOCK_DGRAM);
  Name name;
  ASSERT_EQ(local_name(receiver, &name), 0);
  DWORD count = 0;
  EXPECT_EQ(receive(0, 1, 0), -WSAENOTSOCK);
  EXPECT_EQ(recv_msg_(receiver, nullptr, &count, nullptr, nullptr), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
  EXPECT_EQ(send_msg_(receiver, nullptr, 0, &count, nullptr, nullptr), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
  EXPECT_EQ(receive(receiver, 1, 0, MSG_OOB), -WSAEOPNOTSUPP);
  auto [client, server] = make_pair();
  EXPECT_EQ(receive(server, 1, 0), -WSAEOPNOTSUPP);
  EXPECT_EQ(send_plain(client, name), -WSAEOPNOTSUPP);
  SOCKET unbound = make_socket(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(receive(unbound, 1, 0), -WSAEINVAL);
  // Headers that are too short, too long, or of something else.
  WSACMSGHDR header{4, IPPROTO_IP, IP_PKTINFO};
  EXPECT_EQ(send_message(unbound, name, &header, sizeof(header)), -WSAEINVAL);
  header.cmsg_len = 100;
  EXPECT_EQ(send_message(unbound, name, &header, sizeof(header)), -WSAEINVAL);
  header = {sizeof(header), IPPROTO_IP, IP_TTL};
  EXPECT_EQ(send_message(unbound, name, &header, sizeof(header)), -WSAEINVAL);
  EXPECT_EQ(send_message(unbound, name, &header, 3), -WSAEINVAL);
}

}  // namespace
}  // namespace inlet::provider::test
