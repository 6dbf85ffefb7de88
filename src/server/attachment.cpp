#include "server/attachment.h"

#include <winsock2.h>

#include <utility>

#include "provider/handle_publisher.h"
#include "server/runtime.h"
#include "server/socket_events.h"

namespace inlet::server {

namespace {

// What a socket says about itself.
struct Found {
  std::shared_ptr<provider::Provider> provider;
  SocketType type;
  Endpoint peer;
};

// Which provider is asked does not matter for its own sockets; the answer tells whose it is.
Result<WSAPROTOCOL_INFOW> protocol_of(SOCKET socket) {
  auto any = Runtime::instance().provider_for(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (!any) return any.error();
  WSAPROTOCOL_INFOW info{};
  int length = sizeof info;
  auto got = (*any)->get_option(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, &info, &length);
  if (!got) return got.error();
  return info;
}

Result<bool> listens(provider::Provider& provider, SOCKET socket) {
  DWORD value = 0;
  int length = sizeof value;
  auto got = provider.get_option(socket, SOL_SOCKET, SO_ACCEPTCONN, &value, &length);
  if (!got) return got.error();
  return value != 0;
}

Result<void> find_stream(SOCKET socket, Found& found) {
  auto listening = listens(*found.provider, socket);
  if (!listening) return listening.error();
  found.type = *listening ? SocketType::listener : SocketType::stream;
  if (*listening) return {};
  SocketAddress name;
  auto named = found.provider->peer_name(socket, name.get(), &name.length);
  if (!named) return Error::not_connected;
  found.peer = endpoint_of(name);
  return {};
}

// One that is connected sends to its peer; else the program names an address each time.
Result<void> find_datagram(SOCKET socket, Found& found) {
  found.type = SocketType::datagram;
  SocketAddress name;
  if (!found.provider->local_name(socket, name.get(), &name.length)) return Error::invalid;
  const Endpoint local = endpoint_of(name);
  found.peer.address.ipFamily = local.address.ipFamily;
  SocketAddress peer;
  if (found.provider->peer_name(socket, peer.get(), &peer.length)) found.peer = endpoint_of(peer);
  return {};
}

Result<Found> find(SOCKET socket) {
  auto info = protocol_of(socket);
  if (!info) return info.error();
  if (info->iSocketType != SOCK_STREAM && info->iSocketType != SOCK_DGRAM) return Error::socket_type_not_supported;
  auto provider = Runtime::instance().provider_for(info->iAddressFamily, info->iSocketType, info->iProtocol);
  if (!provider) return provider.error();
  Found found{*provider, SocketType::stream, {}};
  const bool is_stream = info->iSocketType == SOCK_STREAM;
  if (auto done = is_stream ? find_stream(socket, found) : find_datagram(socket, found); !done) return done.error();
  return found;
}

// How Winsock's sockets are: they wait, and a send takes everything.
void make_plain(provider::Provider& provider, SOCKET socket, SocketType type) {
  const DWORD off = 0;
  if (type == SocketType::stream) [[maybe_unused]]
    auto parts = provider.set_option(socket, SOL_SOCKET, INLET_SO_PARTIAL_SEND, &off, sizeof off);
  [[maybe_unused]] auto mode = provider.ioctl(socket, static_cast<DWORD>(FIONBIO), 0);
}

// Winsock does not know the sockets that we have made ourselves.
Result<void> publish(provider::Provider& provider, SOCKET socket) {
  WSAPROTOCOL_INFOW info{};
  int length = sizeof info;
  auto got = provider.get_option(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, &info, &length);
  return got ? provider::publish_handle(socket, info) : got;
}

Result<SOCKET> detach_client(Client& client) {
  Stream* stream = client.stream();
  if (stream == nullptr) return Error::not_connected;
  if (stream->has_ahead()) return Error::invalid;
  if (auto known = publish(stream->provider(), stream->socket()); !known) return known.error();
  if (!client.request_close(Stream::Close::abort)) return Error::not_socket;  // which wakes calls, and sends nothing
  if (SocketEvents* events = client.events()) events->unwatch();
  stream->give_away();
  // A call that still runs on it expects a socket that does not block; it would sit in the system for ever.
  if (Runtime::instance().drop_unused(client)) make_plain(stream->provider(), stream->socket(), client.type());
  return stream->socket();
}

Result<SOCKET> detach_listener(Listener& listener) {
  if (auto known = publish(listener.provider(), listener.socket()); !known) return known.error();
  if (!listener.request_close()) return Error::not_socket;
  if (SocketEvents* events = listener.events()) events->unwatch();
  listener.give_away();
  if (Runtime::instance().drop_unused(listener))
    make_plain(listener.provider(), listener.socket(), SocketType::listener);
  return listener.socket();
}

}  // namespace

Result<SOCKET> attach_socket(SOCKET socket, DWORD flags) {
  Runtime& runtime = Runtime::instance();
  auto found = find(socket);
  if (!found) return found.error();
  if (auto fits = check_options(found->type, flags); !fits) return fits.error();
  if (auto ready = prepare_socket(*found->provider, socket, found->type, flags); !ready) return ready.error();
  if (found->type == SocketType::listener) return runtime.adopt_listener(found->provider, socket);
  ConnectOptions options;
  options.timeout_s = INET_TIMEOUT;
  return runtime.adopt(Connected{found->provider, socket, found->type, found->peer}, options);
}

Result<SOCKET> detach_socket(SOCKET handle) {
  Runtime& runtime = Runtime::instance();
  if (auto listener = runtime.listeners.pin(handle)) return detach_listener(*listener);
  if (auto client = runtime.clients.pin(handle)) return detach_client(*client);
  return runtime.is_initialized() ? Error::not_socket : Error::not_initialised;
}

}  // namespace inlet::server
