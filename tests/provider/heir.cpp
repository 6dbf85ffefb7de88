// The process to which the tests of WSPDuplicateSocket hand sockets: it does with them what it is told, until its input ends.
#include "heir.h"

#include <ws2spi.h>
#include <ws2tcpip.h>

#include <cstring>
#include <filesystem>

using namespace inlet::provider::test;

namespace {

WSPPROC_TABLE wsp{};
SOCKET held = INVALID_SOCKET;

Answer open_socket(const std::string& text) {
  WSAPROTOCOL_INFOW info{};
  std::memcpy(&info, text.data(), sizeof(info));
  int code = 0;
  const SOCKET s = wsp.lpWSPSocket(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0, &code);
  if (s == INVALID_SOCKET) return {code, 0, 0};
  held = s;
  return {0, 0, 0};
}

Answer send_text(std::string text) {
  WSABUF buffer{static_cast<ULONG>(text.size()), text.data()};
  DWORD done = 0;
  int code = 0;
  const int result = wsp.lpWSPSend(held, &buffer, 1, &done, 0, nullptr, nullptr, nullptr, &code);
  return {result == 0 ? 0 : code, static_cast<int32_t>(done), 0};
}

Answer receive(uint32_t size, std::string* text) {
  text->resize(size);
  WSABUF buffer{size, text->data()};
  DWORD done = 0;
  DWORD flags = 0;
  int code = 0;
  const int result = wsp.lpWSPRecv(held, &buffer, 1, &done, &flags, nullptr, nullptr, nullptr, &code);
  text->resize(done);
  return {result == 0 ? 0 : code, static_cast<int32_t>(done), 0};
}

Answer close_socket() {
  int code = 0;
  return {wsp.lpWSPCloseSocket(held, &code) == 0 ? 0 : code, 0, 0};
}

Answer accept_connection() {
  int code = 0;
  const SOCKET s = wsp.lpWSPAccept(held, nullptr, nullptr, nullptr, 0, &code);
  if (s == INVALID_SOCKET) return {code, 0, 0};
  const Answer closed = close_socket();
  held = s;
  return closed;
}

Answer read_option(uint32_t name) {
  int value = 0;
  int size = sizeof(value);
  int code = 0;
  const int result =
      wsp.lpWSPGetSockOpt(held, SOL_SOCKET, static_cast<int>(name), reinterpret_cast<char*>(&value), &size, &code);
  return {result == 0 ? 0 : code, value, 0};
}

Answer set_mode(u_long on) {
  DWORD ignored = 0;
  int code = 0;
  const int result =
      wsp.lpWSPIoctl(held, FIONBIO, &on, sizeof(on), nullptr, 0, &ignored, nullptr, nullptr, nullptr, &code);
  return {result == 0 ? 0 : code, 0, 0};
}

Answer count_descriptors() {
  int32_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return {0, count, 0};
}

Answer carry_out(const Order& order, const std::string& text, std::string* reply) {
  switch (order.verb) {
    case Verb::open: return open_socket(text);
    case Verb::send: return send_text(text);
    case Verb::receive: return receive(order.number, reply);
    case Verb::accept: return accept_connection();
    case Verb::option: return read_option(order.number);
    case Verb::nonblocking: return set_mode(order.number);
    case Verb::close: return close_socket();
    case Verb::descriptors: return count_descriptors();
  }
  return {-1, 0, 0};
}

}  // namespace

int main() {
  WSPDATA data{};
  if (WSPStartup(0x0202, &data, nullptr, WSPUPCALLTABLE{}, &wsp) != 0) return 1;
  Order order{};
  std::string text;
  while (read_all(STDIN_FILENO, &order, sizeof(order)) && read_text(STDIN_FILENO, order.size, &text)) {
    std::string reply;
    Answer answer = carry_out(order, text, &reply);
    answer.size = static_cast<uint32_t>(reply.size());
    if (!write_all(STDOUT_FILENO, &answer, sizeof(answer)) || !write_all(STDOUT_FILENO, reply.data(), reply.size()))
      return 1;
  }
  int code = 0;
  return wsp.lpWSPCleanup(&code) == 0 ? 0 : 1;
}
