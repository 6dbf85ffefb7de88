#include "command_line.h"

#include <fmt/format.h>
#include <inlet/version.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "console.h"
#include "services.h"

namespace inlet::tool {
namespace {

constexpr unsigned kPortMax = 65535;
constexpr unsigned kCountMax = 1'000'000'000;  // of clients, of seconds: well below what the library's numbers hold
constexpr unsigned kShardsMax = 1024;
constexpr unsigned kRateMax = 1000;  // the library counts the milliseconds between two clients

std::vector<std::string> service_names() {
  std::vector<std::string> names;
  for (const Service& service : services()) names.emplace_back(service.name);
  return names;
}

// A line per option that fits 80 columns: the options' extras (required, excludes) are in their texts or in the usage
// line.
class ShortFormatter : public CLI::Formatter {
 public:
  ShortFormatter() { column_width(28); }
  std::string make_usage(const CLI::App* app, std::string /*name*/) const override {
    if (app->get_name() == "serve")
      return "Usage: inlet serve SERVICE --port N [OPTIONS]   (in parentheses: without it)\n";
    if (app->get_name() == "connect") return "Usage: inlet connect HOST PORT [OPTIONS]\n";
    return "Usage: inlet COMMAND [OPTIONS]\n";
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_name().empty() ? "" : " " + option->get_type_name();
  }
};

void add_serve(CLI::App& app, ServeOptions& options) {
  CLI::App* serve = app.add_subcommand("serve", "Run a ready-made service until Ctrl-C stops it");
  serve->add_option("SERVICE", options.service, "echo, discard, daytime or chargen")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember(service_names()).description(""));
  serve->add_option("-p,--port", options.port, "Port to listen on, 1 to 65535")
      ->required()
      ->type_name("N")
      ->check(CLI::Range(1U, kPortMax).description(""));
  serve->add_option("-a,--address", options.address, "Where to listen; ::0 is IPv6 and IPv4 (all of IPv4)")
      ->type_name("A");
  const auto add_count = [serve](const char* name, unsigned& value, unsigned value_max, const char* unit,
                                 const char* text) {
    serve->add_option(name, value, text)->type_name(unit)->check(CLI::Range(0U, value_max).description(""));
  };
  add_count("--max-clients", options.clients_max, kCountMax, "N", "Clients at one time, more are refused (no limit)");
  add_count("--max-per-address", options.per_address_max, kCountMax, "N", "The same for one address (no limit)");
  add_count("--rate", options.rate, kRateMax, "N", "New clients in a second, others wait (no limit)");
  add_count("--timeout", options.idle_timeout_s, kCountMax, "S", "Seconds a client may be idle (for ever)");
  add_count("--backlog", options.backlog, kCountMax, "N", "Connections that may wait (as many as can)");
  add_count("--shards", options.shards, kShardsMax, "N", "Event loops (one per core)");
  serve->add_flag("--share-port", options.share_port, "Share the port with processes that do so too");
  CLI::Option* certificate =
      serve->add_option("--tls-cert", options.tls_certificate, "Speak TLS with this PEM or PKCS#12 file")
          ->type_name("FILE");
  serve->add_option("--tls-key", options.tls_key, "Its private key, when it is elsewhere")
      ->type_name("FILE")
      ->needs(certificate);
  serve->add_option("--tls-password-file", options.tls_password_file, "The key's password, first line")
      ->type_name("FILE")
      ->needs(certificate);
  CLI::Option* quiet = serve->add_flag("-q,--quiet", options.quiet, "Print nothing but errors");
  serve->add_flag("-v,--verbose", options.verbose, "Print a line per connection, not only on a terminal")
      ->excludes(quiet);
  serve->footer("");  // instead of the one that all commands have
}

void add_connect(CLI::App& app, ConnectOptions& options) {
  CLI::App* connect = app.add_subcommand("connect", "Connect standard input and output to a server");
  connect->add_option("HOST", options.host, "Name or address of the server")->required()->type_name("");
  connect->add_option("PORT", options.port, "Its port, 1 to 65535")
      ->required()
      ->type_name("")
      ->check(CLI::Range(1U, kPortMax).description(""));
  connect->add_option("--timeout", options.timeout_s, "Give up when nothing moves for S seconds (never)")
      ->type_name("S")
      ->check(CLI::Range(0U, kCountMax).description(""));
  CLI::Option* tls = connect->add_flag("--tls", options.tls, "Speak TLS and check who the server is");
  CLI::Option* insecure =
      connect->add_flag("--insecure", options.insecure, "Go on whoever the server is: for tests only")->needs(tls);
  connect->add_option("--tls-ca", options.authorities, "Whose certificates are believed (the system's)")
      ->type_name("FILE")
      ->needs(tls)
      ->excludes(insecure);
  connect->footer(
      "The end of standard input closes only our side of the connection; what the\n"
      "server still sends is printed until it closes its side, too.");
}

// CLI11 ends some of its messages with a line break, and a complaint is one line.
std::string in_one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& character : text)
    if (character == '\n') character = ' ';
  return text;
}

int report(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const std::string name = chosen.empty() ? "inlet" : fmt::format("inlet {}", chosen.front()->get_name());
  complain(fmt::format("{} (see {} --help)", in_one_line(error.what()), name));
  return kExitUsage;
}

}  // namespace

Command parse_command_line(int argc, char** argv) {
  CLI::App app("Internet servers and connections on the Inlet library.", "inlet");
  ServeOptions serve;
  ConnectOptions connect;
  app.formatter(std::make_shared<ShortFormatter>());
  app.set_version_flag("--version", "inlet " INLET_VERSION, "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(0, 1);  // none is seen below, after a word that is no command has been complained about
  app.footer("'inlet serve --help' and 'inlet connect --help' tell more.");
  add_serve(app, serve);
  add_connect(app, connect);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report(app, error);
  }
  if (app.got_subcommand("serve")) return serve;
  if (app.got_subcommand("connect")) return connect;
  complain("a command is required, serve or connect (see inlet --help)");
  return kExitUsage;
}

}  // namespace inlet::tool
