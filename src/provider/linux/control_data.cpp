#include "provider/linux/control_data.h"

#include <ws2tcpip.h>

#include <cstring>

namespace inlet::provider {
namespace {

// Fills a buffer piece by piece; the length of the buffer becomes that of the pieces.
class ControlWriter {
 public:
  explicit ControlWriter(WSABUF* control) : control_(control), room_(control->buf != nullptr ? control->len : 0) {}

  template <class Data>
  void add(int level, int type, const Data& data) {
    constexpr size_t kBytes = WSA_CMSG_SPACE(sizeof(data));
    if (fits_ && room_ - used_ >= kBytes) {
      WSACMSGHDR header{};
      header.cmsg_len = WSA_CMSG_LEN(sizeof(data));
      header.cmsg_level = level;
      header.cmsg_type = type;
      char* at = control_->buf + used_;
      std::memset(at, 0, kBytes);
      std::memcpy(at, &header, sizeof(header));
      std::memcpy(at + WSA_CMSGDATA_ALIGN(sizeof(header)), &data, sizeof(data));
      used_ += kBytes;
    } else {
      fits_ = false;
    }
  }

  // Whether everything had room; if not, nothing counts.
  bool finish() {
    control_->len = fits_ ? static_cast<ULONG>(used_) : 0;
    return fits_;
  }

 private:
  WSABUF* const control_;
  const size_t room_;
  size_t used_ = 0;
  bool fits_ = true;
};

void add_info(const sys::Arrival& arrival, ControlWriter* writer) {
  if (arrival.info_v6) {
    IN6_PKTINFO info{};
    std::memcpy(&info.ipi6_addr, arrival.address, sizeof(info.ipi6_addr));
    info.ipi6_ifindex = arrival.interface;
    return writer->add(IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
  IN_PKTINFO info{};
  std::memcpy(&info.ipi_addr, arrival.address, sizeof(info.ipi_addr));
  info.ipi_ifindex = arrival.interface;
  writer->add(IPPROTO_IP, IP_PKTINFO, info);
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

bool write_control(const sys::Arrival& arrival, bool v6, bool wants_info, WSABUF* control) {
  ControlWriter writer(control);
  if (wants_info && arrival.has_info) add_info(arrival, &writer);
  if (arrival.hops >= 0)
    writer.add(v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_HOPLIMIT : IP_HOPLIMIT, INT{arrival.hops});
  return writer.finish();
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
