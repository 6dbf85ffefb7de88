#include "serve.h"

#include <cswsock10.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>

#include "client.h"
#include "console.h"
#include "library.h"
#include "server_certificate.h"
#include "services.h"
#include "stop_signals.h"
#include "totals.h"

namespace inlet::tool {
namespace {

// One running service: turns the library's events into calls of the service, and keeps the books.
//
// Thread   handle_event on all threads of the library, the rest on the main thread.
// Owner    The main thread; must outlive the server.
class Host {
 public:
  Host(const ServeOptions& options, const Service& service, const Console& console, ServerCertificate& certificate)
      : options_(options), service_(service), console_(console), certificate_(certificate) {}

  SOCKET start();
  void limit(SOCKET server) const;
  bool stop(SOCKET server);
  std::string summary() const;

 private:
  static VOID CALLBACK on_event(SOCKET handle, UINT event, DWORD error, DWORD_PTR param);
  void handle_event(SOCKET handle, UINT event, DWORD error);
  void handle_client_event(Client& client, UINT event);
  void let_in(SOCKET handle);
  void see_off(Client* client, DWORD error);
  std::string idle_reason() const { return fmt::format("idle for {} s", options_.idle_timeout_s); }

  const ServeOptions& options_;
  const Service& service_;
  const Console& console_;
  ServerCertificate& certificate_;
  const std::chrono::steady_clock::time_point started_at_ = std::chrono::steady_clock::now();
  std::atomic<bool> stopping_ = false;
  Totals totals_;
};

SOCKET Host::start() {
  DWORD flags = INET_OPTION_REUSEADDRESS | INET_OPTION_KEEPALIVE | INET_OPTION_NODELAY;
  if (certificate_.is_given()) flags |= INET_OPTION_SECURE;
  if (options_.share_port) flags |= INLET_OPTION_SHAREPORT;
  return InetServerStart(options_.address.c_str(), options_.port, options_.backlog, options_.clients_max,
                         options_.idle_timeout_s, INET_PRIORITY_NORMAL, flags, on_event,
                         reinterpret_cast<DWORD_PTR>(this),
                         certificate_.is_given() ? certificate_.credentials() : nullptr);
}

// Before anybody is accepted, so that nobody slips in.
void Host::limit(SOCKET server) const {
  const DWORD spacing_ms = options_.rate > 0 ? 1000 / options_.rate : 0;
  InetServerThrottle(server, INET_THROTTLE_KEEP, options_.per_address_max, spacing_ms);
}

bool Host::stop(SOCKET server) {
  stopping_ = true;
  return InetServerStop(server) != FALSE;
}

VOID CALLBACK Host::on_event(SOCKET handle, UINT event, DWORD error, DWORD_PTR param) {
  reinterpret_cast<Host*>(param)->handle_event(handle, event, error);
}

void Host::handle_event(SOCKET handle, UINT event, DWORD error) {
  switch (event) {
    case INET_EVENT_ACCEPT: totals_.asked(); return;
    case INET_EVENT_STOP:
      if (!stopping_) StopSignals::wake();
      return;
    case INET_EVENT_START: limit(handle); return;
    case INET_EVENT_IDLE: return;
    case INET_EVENT_CONNECT: let_in(handle); break;
    default: break;
  }
  LPVOID data = nullptr;
  InetGetClientData(handle, &data);
  Client* const client = static_cast<Client*>(data);
  if (event == INET_EVENT_DISCONNECT)
    see_off(client, error);
  else if (client != nullptr)
    handle_client_event(*client, event);
}

void Host::handle_client_event(Client& client, UINT event) {
  const auto call = [&client](void (*step)(Client&)) {
    if (step != nullptr) step(client);
  };
  switch (event) {
    case INET_EVENT_CONNECT: call(service_.connected); break;
    case INET_EVENT_READ: call(service_.readable); break;
    case INET_EVENT_WRITE: call(service_.writable); break;
    case INET_EVENT_TIMEOUT: client.close(idle_reason()); break;
    default: break;
  }
}

void Host::let_in(SOCKET handle) {
  auto client = std::make_unique<Client>(handle, totals_.connected());
  if (console_.tells_about_clients())
    console_.say_about_client(
        fmt::format("#{} {} connected, {} now", client->number(), client->endpoint(), totals_.active()));
  InetSetClientData(handle, client.release());
}

void Host::see_off(Client* client, DWORD error) {
  if (client == nullptr) return;
  const std::unique_ptr<Client> owner(client);
  totals_.disconnected(*client);
  if (!console_.tells_about_clients()) return;
  std::string reason = stopping_ ? "server stopped" : client->reason();
  if (reason.empty()) reason = error != 0 ? text_of_error(error) : "closed by the client";
  console_.say_about_client(fmt::format("#{} {} gone after {:.3f} s, {} bytes in, {} bytes out: {}", client->number(),
                                        client->endpoint(), client->age().count(), client->bytes_in(),
                                        client->bytes_out(), reason));
}

std::string Host::summary() const {
  const std::chrono::duration<double> age = std::chrono::steady_clock::now() - started_at_;
  return fmt::format(
      "stopped after {:.1f} s: {} clients served, {} at most at a time, {} turned away, {} bytes in, {} bytes out",
      age.count(), totals_.served(), totals_.peak(), totals_.turned_away(), totals_.bytes_in(), totals_.bytes_out());
}

// Each client needs a descriptor, and the customary soft limit of 1024 is for programs that use select().
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Only what can be helped by another port, address or user is "cannot bind"; running out of something is not.
int exit_code_of_start(DWORD error) {
  switch (error) {
    case ST_ERROR_ADDRESS_IN_USE:
    case ST_ERROR_ADDRESS_UNAVAILABLE:
    case ST_ERROR_ACCESS_DENIED:
    case ST_ERROR_INVALID_ADDRESS:
    case ST_ERROR_HOST_NOT_FOUND:
    case ST_ERROR_TRY_AGAIN:
    case ST_ERROR_NO_RECOVERY:
    case ST_ERROR_NO_ADDRESS:
    case ST_ERROR_PROTOCOL_FAMILY:
    case ST_ERROR_PROTOCOL_ADDRESS: return kExitCannotBind;
    default: return kExitFailed;
  }
}

std::string place_of(const ServeOptions& options) {
  if (options.address.empty()) return fmt::format("port {}", options.port);
  return fmt::format("{} port {}", options.address, options.port);
}

bool is_about_certificates(DWORD error) {
  return error >= ST_ERROR_CERTIFICATE_NOT_FOUND && error <= ST_ERROR_CERTIFICATE_PASSWORD;
}

// Says why the server does not start. Returns the exit code.
int report_start(const ServeOptions& options, DWORD error) {
  if (is_about_certificates(error)) {
    complain(fmt::format("cannot use the certificate: {}", text_of_error(error)));
    return kExitFailed;
  }
  complain(fmt::format("cannot listen on {}: {}", place_of(options), text_of_error(error)));
  return exit_code_of_start(error);
}

// Those who are connected notice nothing; after a mistake the old certificate goes on.
void reload(SOCKET server, ServerCertificate& certificate, const Console& console) {
  std::string problem;
  if (!certificate.read_password(problem)) {
    complain(problem);
  } else if (InletServerSetCredentials(server, certificate.credentials())) {
    console.say("certificate read again");
  } else {
    complain(fmt::format("the old certificate stays: {}", text_of_error(InetGetLastError())));
  }
}

}  // namespace

int run_serve(const ServeOptions& options) {
  const Service* const service = find_service(options.service);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there are no other threads yet
  if (options.shards > 0) setenv("INLET_SHARDS", fmt::format("{}", options.shards).c_str(), 1);
  raise_descriptor_limit();
  const bool secure = !options.tls_certificate.empty();
  StopSignals signals(secure ? StopSignals::Hangup::reloads : StopSignals::Hangup::stops);

  const Library library;
  if (!library.ready()) {
    complain(fmt::format("cannot start the library: {}", text_of_error(InetGetLastError())));
    return kExitFailed;
  }
  const Console console(options.quiet, options.verbose);
  ServerCertificate certificate(options);
  if (std::string problem; !certificate.read_password(problem)) {
    complain(problem);
    return kExitFailed;
  }
  Host host(options, *service, console, certificate);
  const SOCKET server = host.start();
  if (server == INVALID_SOCKET) return report_start(options, InetGetLastError());
  console.say(fmt::format("{}{} on {} port {} (press Ctrl-C to stop)", service->name, secure ? " over TLS" : "",
                          options.address.empty() ? "0.0.0.0" : options.address, options.port));

  int signal = signals.wait();
  for (; secure && signal == SIGHUP; signal = signals.wait()) reload(server, certificate, console);
  if (signal == 0) {
    complain("the server has stopped by itself");
    return kExitFailed;
  }
  const bool stopped = host.stop(server);
  if (!stopped) complain(fmt::format("cannot stop in order: {}", text_of_error(InetGetLastError())));
  console.say(host.summary());
  return stopped ? kExitOk : kExitFailed;
}

}  // namespace inlet::tool
