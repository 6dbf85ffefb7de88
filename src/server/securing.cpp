#include "server/securing.h"

#include "server/secure_channel.h"
#include "tls/names.h"
#include "tls/resumptions.h"

namespace inlet::server {
namespace {

std::string place_of(const Client& client) {
  return tls::folded(client.host()) + ":" + std::to_string(client.peer().port);
}

}  // namespace

Result<void> secure_session(Session& session, std::shared_ptr<const tls::Credentials> credentials) {
  if (!credentials) return Error::fault;
  auto made = tls::Session::accept(std::move(credentials));
  if (!made) return made.error();
  auto done = session.stream().enable_security(std::move(*made), session.stream().call_deadline());
  if (done) session.look_again();
  return done;
}

Result<void> secure_accepted(Stream& stream, std::shared_ptr<const tls::Credentials> credentials, Deadline deadline) {
  auto made = tls::Session::accept(std::move(credentials));
  if (!made) return made.error();
  return stream.enable_security(std::move(*made), deadline);
}

Result<void> secure_client(const Client& client, Stream& stream, const CredentialsIn* in, Deadline deadline) {
  auto credentials = in ? load_credentials(*in, tls::Role::client) : default_client_credentials();
  if (!credentials) return credentials.error();
  tls::Peer peer;
  peer.host = in && !in->host.empty() ? in->host : client.host();
  peer.trusted = client.trusts_site();
  peer.resumption = tls::Resumptions::instance().take(place_of(client));
  auto made = tls::Session::connect(*credentials, peer);
  if (!made) return made.error() == Error::invalid ? Error::fault : made.error();
  return stream.enable_security(std::move(*made), deadline);
}

void keep_resumption(const Client& client, const Stream& stream) noexcept {
  const SecureChannel* channel = stream.channel();
  if (!channel) return;
  try {
    tls::Resumptions::instance().keep(place_of(client), channel->resumption());
  } catch (const std::bad_alloc&) {
    // Then the next handshake is a full one.
  }
}

}  // namespace inlet::server
