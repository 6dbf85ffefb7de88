#include "provider/linux/sharing.h"

#include <algorithm>
#include <cstring>

#include "provider/linux/socket_address.h"

namespace inlet::provider {
namespace {

constexpr Error kOk = Error::none;
constexpr Error kUse = Error::address_in_use;
constexpr Error kAcc = Error::access_denied;

constexpr int kColumns = 6;  // by default wild and specific, reuse, exclusive
using Matrix = std::array<std::array<Error, kColumns>, kColumns>;

constexpr Matrix kSameUser = {{
    {kUse, kOk, kAcc, kOk, kUse, kOk},
    {kOk, kUse, kOk, kAcc, kUse, kUse},
    {kUse, kOk, kOk, kOk, kUse, kOk},
    {kOk, kUse, kOk, kOk, kUse, kUse},
    {kUse, kAcc, kAcc, kAcc, kUse, kAcc},
    {kOk, kUse, kOk, kAcc, kUse, kUse},
}};
constexpr Matrix kOtherUser = {{
    {kUse, kAcc, kAcc, kAcc, kUse, kAcc},
    {kOk, kUse, kOk, kAcc, kUse, kUse},
    {kUse, kAcc, kOk, kOk, kUse, kAcc},
    {kOk, kUse, kOk, kOk, kUse, kUse},
    {kUse, kAcc, kAcc, kAcc, kUse, kAcc},
    {kOk, kUse, kOk, kAcc, kUse, kUse},
}};

constexpr std::array<unsigned char, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const std::array<unsigned char, 16>& address) {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin());
}

// fe80::/10
bool is_of_link(const std::array<unsigned char, 16>& address) {
  return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

void place_v4(Place& place, const unsigned char* bytes) {
  constexpr unsigned char kAny[4] = {};
  const bool wild = std::memcmp(bytes, kAny, sizeof(kAny)) == 0;
  place.v4 = wild ? Extent::wild : Extent::specific;
  std::ranges::copy(kMappedPrefix, place.address.begin());
  std::copy_n(bytes, sizeof(kAny), place.address.begin() + kMappedPrefix.size());
}

void place_v6(Place& place, const sys::Address& address, bool dual_stack) {
  std::copy_n(address.bytes + 8, place.address.size(), place.address.begin());
  if (is_mapped(place.address)) return place_v4(place, address.bytes + 8 + kMappedPrefix.size());
  const bool wild = is_wildcard(address);
  place.v6 = wild ? Extent::wild : Extent::specific;
  if (wild && dual_stack) place.v4 = Extent::wild_beside;
  if (is_of_link(place.address)) std::memcpy(&place.scope, address.bytes + 24, sizeof(place.scope));
}

// How two sockets meet in the addresses of one family.
enum class Meeting { none, wild_wild, wild_specific, specific_wild, specific_specific };

Meeting meet(Extent first, Extent second, bool same_address) {
  if (first == Extent::nothing || second == Extent::nothing) return Meeting::none;
  if (first > second) return Meeting::wild_specific;
  if (first < second) return Meeting::specific_wild;
  if (first != Extent::specific) return Meeting::wild_wild;
  return same_address ? Meeting::specific_specific : Meeting::none;
}

struct Meetings {
  Meeting v4;
  Meeting v6;

  Meetings(const Place& a, const Place& b) : v4(Meeting::none), v6(Meeting::none) {
    if (a.datagram != b.datagram || a.port != b.port) return;
    const bool same_address = a.address == b.address && a.scope == b.scope;
    v4 = meet(a.v4, b.v4, same_address);
    v6 = meet(a.v6, b.v6, same_address);
  }

  bool has(Meeting meeting) const { return v4 == meeting || v6 == meeting; }
};

size_t index_of(Sharing sharing, bool specific) {
  return static_cast<size_t>(sharing) * 2 + (specific ? 1 : 0);
}

Error judge_meeting(Meeting meeting, const Place& first, const Place& second) {
  if (meeting == Meeting::none) return Error::none;
  const bool first_specific = meeting == Meeting::specific_wild || meeting == Meeting::specific_specific;
  const bool second_specific = meeting == Meeting::wild_specific || meeting == Meeting::specific_specific;
  const Matrix& matrix = first.user == second.user ? kSameUser : kOtherUser;
  return matrix[index_of(first.sharing, first_specific)][index_of(second.sharing, second_specific)];
}

}  // namespace

Place Place::of(const sys::Address& address, bool datagram, bool dual_stack, Sharing sharing, uint32_t user) {
  Place place;
  place.datagram = datagram;
  place.port = port_of(address);
  place.sharing = sharing;
  place.user = user;
  if (is_v6(address))
    place_v6(place, address, dual_stack);
  else
    place_v4(place, address.bytes + 4);
  return place;
}

bool overlap(const Place& a, const Place& b) {
  const Meetings meetings(a, b);
  return meetings.v4 != Meeting::none || meetings.v6 != Meeting::none;
}

Kinship kinship(const Place& a, const Place& b) {
  const Meetings meetings(a, b);
  if (meetings.has(Meeting::wild_wild)) return Kinship::wildcard_twins;
  return meetings.has(Meeting::specific_specific) ? Kinship::twins : Kinship::strangers;
}

Error judge(const Place& first, const Place& second) {
  const Meetings meetings(first, second);
  const Error of_v6 = judge_meeting(meetings.v6, first, second);
  return of_v6 != Error::none ? of_v6 : judge_meeting(meetings.v4, first, second);
}

}  // namespace inlet::provider
