// Who does which handshake on which connection: a client of a server is met with a server's credentials, a plain socket that has
// connected is the client.
#pragma once

#include "base/clock.h"
#include "server/client.h"
#include "server/credentials_in.h"
#include "server/session.h"

namespace inlet::server {

// A client of a server, in its own time-out.
//
// Errors   invalid  there are no credentials; and those of Stream::enable_security
Result<void> secure_session(Session& session, std::shared_ptr<const tls::Credentials> credentials);

// A plain socket. in is nullptr for the defaults. Comes back to a server it knows with a ticket, when it has one.
//
// Errors   Those of load_credentials and of Stream::enable_security
Result<void> secure_client(const Client& client, Stream& stream, const CredentialsIn* in, Deadline deadline);
// A plain socket that was accepted.
Result<void> secure_accepted(Stream& stream, std::shared_ptr<const tls::Credentials> credentials, Deadline deadline);

// Keeps what the client can come back with. At its end.
void keep_resumption(const Client& client, const Stream& stream) noexcept;

}  // namespace inlet::server
