// What a peer sends into a stream with a marker. The first bytes say which form is stored, how much room there is, what the marker is
// and how the rest is cut; a search over the whole must agree with the search over its parts.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/stream_text.h"

namespace {

using inlet::server::StreamForm;
using inlet::server::StreamIntake;
using inlet::server::StreamOutflow;

struct Taken {
  std::string stored;
  size_t used = 0;
};

Taken take(const std::string& text, size_t part, StreamForm form, const std::string& marker, uint64_t room) {
  StreamIntake intake(form, marker, room);
  Taken taken;
  while (taken.used < text.size() && !intake.is_complete()) {
    // In memory of exactly its size, so that reading too far is seen.
    const std::string piece = text.substr(taken.used, part);
    const size_t used = intake.take(piece.data(), piece.size(), taken.stored);
    if (used > piece.size() || (used < piece.size() && !intake.is_complete())) std::abort();
    taken.used += used;
  }
  if (!intake.is_complete()) intake.finish(taken.stored);
  if (taken.stored.size() > room) std::abort();
  return taken;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const StreamForm form{(data[0] & 1) != 0, (data[0] & 2) != 0};
  const uint64_t room = data[0] & 4 ? data[1] + 1u : UINT64_MAX;
  const size_t part = data[2] + 1u;
  const size_t marker_size = std::min<size_t>(data[3] % 9, size - 4);
  const char* rest = reinterpret_cast<const char*>(data) + 4;
  const std::string marker(rest, marker_size);
  const std::string text(rest + marker_size, size - 4 - marker_size);
  const Taken taken = take(text, part, form, marker, room);
  const size_t found = marker.empty() ? std::string::npos : text.find(marker);
  const size_t end = found == std::string::npos ? text.size() : found + marker.size();
  if (taken.used > end) std::abort();
  if (room == UINT64_MAX && taken.used != end) std::abort();
  if (form.is_plain() && taken.stored != text.substr(0, taken.used)) std::abort();
  std::string sent;
  StreamOutflow outflow(form);
  for (size_t at = 0; at < text.size(); at += part)
    outflow.take(text.data() + at, std::min(part, text.size() - at), sent);
  outflow.finish(sent);
  return 0;
}
