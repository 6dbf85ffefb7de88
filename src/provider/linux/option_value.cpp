#include "provider/linux/option_value.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace inlet::provider {

bool in_scope(unsigned scope, uint32_t flags) {
  if ((scope & kV6Only) != 0 && (flags & kV6) == 0) return false;
  if ((scope & kV4Only) != 0 && (flags & kV6) != 0) return false;
  if ((scope & kRawOnly) != 0 && (flags & kRaw) == 0) return false;
  return (scope & ((flags & kDatagram) != 0 ? kDatagrams : kStreams)) != 0;
}

bool has_room(Shape shape, int size) {
  return size >= (shape == Shape::number ? static_cast<int>(sizeof(uint32_t)) : 1);
}

Result<void> value_out(uint32_t value, Shape shape, char* optval, LPINT optlen) {
  int bytes = sizeof(value);
  if (!has_room(shape, *optlen)) return Error::fault;
  if (shape == Shape::byte_bool || (shape == Shape::loose_bool && *optlen < bytes)) bytes = 1;
  if (shape != Shape::number) value = value != 0 ? 1 : 0;
  std::memcpy(optval, &value, static_cast<size_t>(bytes));
  *optlen = bytes;
  return {};
}

Result<uint32_t> value_in(Shape shape, int size_min, int bytes_max, const char* optval, int optlen) {
  uint32_t value = 0;
  if (optlen < size_min || (shape == Shape::number && optlen < static_cast<int>(sizeof(value)))) return Error::fault;
  std::memcpy(&value, optval, static_cast<size_t>(std::min(optlen, bytes_max)));
  return shape == Shape::number ? value : uint32_t{value != 0};
}

Error option_error(int result) {
  if (result == -ENODEV || result == -ENXIO) return Error::address_not_available;
  if (result == -EOPNOTSUPP) return Error::no_such_option;
  return error_of_errno(-result);
}

Result<uint32_t> read_kernel(const SocketRef& socket, sys::Option option) {
  int value = 0;
  if (int result = sys::get_option(socket.fd(), option, &value); result != 0) return option_error(result);
  return static_cast<uint32_t>(value);
}

Result<void> write_kernel(const SocketRef& socket, sys::Option option, int value) {
  const int result = sys::set_option(socket.fd(), option, value);
  return result == 0 ? Result<void>() : Result<void>(option_error(result));
}

}  // namespace inlet::provider
