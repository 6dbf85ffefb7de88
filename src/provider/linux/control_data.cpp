#include "provider/linux/control_data.h"

#include <ws2tcpip.h>

#include <cstring>

namespace inlet::provider {
namespace {

template <class Info>
bool write_one(int level, int type, const Info& info, WSABUF* control) {
  constexpr size_t kBytes = WSA_CMSG_SPACE(sizeof(info));
  const bool fits = control->buf != nullptr && control->len >= kBytes;
  control->len = fits ? kBytes : 0;
  if (!fits) return false;
  WSACMSGHDR header{};
  header.cmsg_len = WSA_CMSG_LEN(sizeof(info));
  header.cmsg_level = level;
  header.cmsg_type = type;
  std::memset(control->buf, 0, kBytes);
  std::memcpy(control->buf, &header, sizeof(header));
  std::memcpy(control->buf + WSA_CMSGDATA_ALIGN(sizeof(header)), &info, sizeof(info));
  return true;
}

template <class Info>
bool read_info(const char* data, size_t size, Info* info) {
  if (size != WSA_CMSG_LEN(sizeof(*info))) return false;
  std::memcpy(info, data + WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)), sizeof(*info));
  return true;
}

bool read_one(const WSACMSGHDR& header, const char* data, bool v6, sys::PacketSource* source) {
  if (header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_PKTINFO && !v6) {
    IN_PKTINFO info{};
    if (!read_info(data, header.cmsg_len, &info)) return false;
    std::memcpy(source->address, &info.ipi_addr, sizeof(info.ipi_addr));
    source->interface = info.ipi_ifindex;
    return true;
  }
  if (header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_PKTINFO && v6) {
    IN6_PKTINFO info{};
    if (!read_info(data, header.cmsg_len, &info)) return false;
    std::memcpy(source->address, &info.ipi6_addr, sizeof(info.ipi6_addr));
    source->interface = info.ipi6_ifindex;
    return true;
  }
  return false;
}

}  // namespace

bool write_control(const sys::Arrival& arrival, bool wanted, WSABUF* control) {
  if (!wanted || !arrival.has_info) {
    control->len = 0;
    return true;
  }
  if (arrival.info_v6) {
    IN6_PKTINFO info{};
    std::memcpy(&info.ipi6_addr, arrival.address, sizeof(info.ipi6_addr));
    info.ipi6_ifindex = arrival.interface;
    return write_one(IPPROTO_IPV6, IPV6_PKTINFO, info, control);
  }
  IN_PKTINFO info{};
  std::memcpy(&info.ipi_addr, arrival.address, sizeof(info.ipi_addr));
  info.ipi_ifindex = arrival.interface;
  return write_one(IPPROTO_IP, IP_PKTINFO, info, control);
}

Result<void> read_control(const WSABUF& control, bool v6, sys::PacketSource* source) {
  source->v6 = v6;
  if (control.buf == nullptr) return Error::fault;
  for (size_t at = 0; at < control.len;) {
    WSACMSGHDR header{};
    const size_t left = control.len - at;
    if (left < sizeof(header)) return Error::invalid;
    std::memcpy(&header, control.buf + at, sizeof(header));
    if (header.cmsg_len < sizeof(header) || header.cmsg_len > left) return Error::invalid;
    if (!read_one(header, control.buf + at, v6, source)) return Error::invalid;
    at += WSA_CMSGHDR_ALIGN(header.cmsg_len);
  }
  return {};
}

}  // namespace inlet::provider
