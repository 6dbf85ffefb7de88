// getaddrinfo and its relatives: the lists that name_lookup's answers are packed into.
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <ws2tcpip.h>

#include "winsock/calls.h"
#include "winsock/name_lookup.h"
#include "winsock/socket_names.h"
#include "winsock/text_form.h"

namespace inlet::winsock {
namespace {

// A text parameter in UTF-8; a name that is not well-formed is the name of nothing.
Result<std::optional<std::string>> parameter(PCSTR text) {
  return text == nullptr ? std::optional<std::string>() : std::string(text);
}
Result<std::optional<std::string>> parameter(PCWSTR text) {
  if (text == nullptr) return std::optional<std::string>();
  auto narrow = utf8_of(text);
  if (!narrow) return Error::host_not_found;
  return narrow;
}

template <class Info>
bool has_forbidden_fields(const Info* hints) {
  return hints->ai_addrlen != 0 || hints->ai_canonname != nullptr || hints->ai_addr != nullptr ||
         hints->ai_next != nullptr;
}

template <class Info>
void free_list(Info* list) {
  while (list != nullptr) {
    Info* const next = list->ai_next;
    std::free(list->ai_canonname);
    std::free(list);
    list = next;
  }
}

// An entry and its address are one block, so that parts of a list can be given back too.
template <class Info>
Info* make_entry(const resolver::Address& address, uint16_t port, const Info& hints) {
  const auto size = static_cast<size_t>(sockaddr_size(address.v6));
  void* const block = std::calloc(1, sizeof(Info) + size);
  if (block == nullptr) return nullptr;
  auto* const entry = static_cast<Info*>(block);
  entry->ai_family = address.v6 ? AF_INET6 : AF_INET;
  entry->ai_socktype = hints.ai_socktype;
  entry->ai_protocol = hints.ai_protocol;
  entry->ai_addrlen = size;
  entry->ai_addr = reinterpret_cast<sockaddr*>(entry + 1);
  write_sockaddr(address, port, entry->ai_addr);
  return entry;
}

template <class Info>
bool set_canonical_name(Info* entry, const std::string& name) {
  if (name.empty()) return true;
  const auto& text = in_form_of(entry->ai_canonname, name);
  const size_t bytes = (text.size() + 1) * sizeof(*entry->ai_canonname);
  void* const copy = std::malloc(bytes);
  if (copy == nullptr) return false;
  std::memcpy(copy, text.c_str(), bytes);
  entry->ai_canonname = static_cast<decltype(entry->ai_canonname)>(copy);
  return true;
}

// Appends the entries one after the other; false when the memory is used up.
template <class Info>
bool fill_list(const LookupResult& found, const Info& hints, Info** list) {
  Info** end = list;
  for (const resolver::Address& address : found.addresses) {
    *end = make_entry(address, found.port, hints);
    if (*end == nullptr) return false;
    end = &(*end)->ai_next;
  }
  return set_canonical_name(*list, found.canonical_name);
}

template <class Info, class Text>
Error get_list(Text node, Text service, const Info* hints, Info** list) {
  if (list == nullptr) return Error::fault;
  const Info none{};
  if (hints == nullptr) hints = &none;
  auto node_text = parameter(node);
  auto service_text = parameter(service);
  if (!node_text || !service_text) return Error::host_not_found;
  if ((node != nullptr || service != nullptr) && has_forbidden_fields(hints)) return Error::no_recovery;
  auto found = look_up({*node_text, *service_text, hints->ai_flags, hints->ai_family, hints->ai_socktype});
  if (!found) return found.error();
  Info* made = nullptr;
  if (!fill_list(*found, *hints, &made)) {
    free_list(made);
    return Error::not_enough_memory;
  }
  *list = made;
  return Error::none;
}

template <class Info, class Text>
int get_address_list(Text node, Text service, const Info* hints, Info** list) {
  if (list != nullptr) *list = nullptr;
  return ended(guarded_call(Error::not_enough_memory, [&] { return get_list(node, service, hints, list); }));
}

// Every text is shorter. A thread's room is dear in a program that loads the library while it runs.
constexpr size_t kTextBytes = 160;

// Texts are ASCII, and cut rather than refused: nobody looks at the error of a call that explains an error.
template <class Character>
Character* explain(int code, Character (&buffer)[kTextBytes]) {
  size_t size = 0;
  for (const char c : text_of(static_cast<Error>(code)))
    if (size < kTextBytes - 1) buffer[size++] = static_cast<Character>(c);
  buffer[size] = 0;
  return buffer;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

INT WSAAPI getaddrinfo(PCSTR pNodeName, PCSTR pServiceName, const ADDRINFOA* pHints, PADDRINFOA* ppResult) {
  return get_address_list(pNodeName, pServiceName, pHints, ppResult);
}

INT WSAAPI GetAddrInfoW(PCWSTR pNodeName, PCWSTR pServiceName, const ADDRINFOW* pHints, PADDRINFOW* ppResult) {
  return get_address_list(pNodeName, pServiceName, pHints, ppResult);
}

void WSAAPI freeaddrinfo(PADDRINFOA pAddrInfo) {
  free_list(pAddrInfo);
}

void WSAAPI FreeAddrInfoW(PADDRINFOW pAddrInfo) {
  free_list(pAddrInfo);
}

char* WSAAPI gai_strerrorA(int ecode) {
  thread_local char buffer[kTextBytes];
  return explain(ecode, buffer);
}

WCHAR* WSAAPI gai_strerrorW(int ecode) {
  thread_local WCHAR buffer[kTextBytes];
  return explain(ecode, buffer);
}
