// One large file to one client: InetWriteStream beside reading and writing, and beside both with bare system calls, which show what
// the kernel itself takes for it; in alternating rounds. Reading and writing is by 64 KiB at a time (more is no better); beside it
// stand the smaller buffers that programs have.
//
//   file [--mib 1024] [--rounds 5] [--short] [--server-cpu 0] [--client-cpu 1] [--out FILE]
//
// The file is read once before the first round, so both sides find it in memory. Every byte is checked.
// Returns  0 when all of it arrived right.
#include <poll.h>
#include <signal.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "e2e/arguments.h"
#include "e2e/child.h"
#include "e2e/clock.h"
#include "e2e/loopback.h"
#include "e2e/paired.h"
#include "e2e/pattern.h"
#include "e2e/process_facts.h"
#include "e2e/results.h"

namespace inlet::bench {
namespace {

constexpr size_t kChunk_bytes = 1 << 20;
constexpr int kSilence_ms = 20'000;

// A file whose bytes are a function of their position; removed at the end.
class PatternFile {
 public:
  explicit PatternFile(size_t mib) {
    path_ = (std::filesystem::temp_directory_path() / "bench-file-XXXXXX").string();
    const Descriptor out(checked(mkstemp(path_.data()), "mkstemp"));
    std::vector<unsigned char> chunk(kChunk_bytes);
    for (size_t i = 0; i < mib; ++i) {
      pattern_.fill(i * kChunk_bytes, chunk);
      if (write(out.get(), chunk.data(), chunk.size()) != static_cast<ssize_t>(chunk.size())) checked(-1, "write");
    }
  }
  PatternFile(const PatternFile&) = delete;
  PatternFile& operator=(const PatternFile&) = delete;
  ~PatternFile() {
    std::error_code error;
    std::filesystem::remove(path_, error);
  }
  const std::string& path() const { return path_; }
  const Pattern& pattern() const { return pattern_; }

 private:
  std::string path_;
  Pattern pattern_{1};
};

struct Sent {
  double server_ms = 0, span_ms = 0;
  uint64_t bad = 0;
};

// Returns  How many bytes came until the server closed; counts those that are wrong.
uint64_t receive_all(int fd, const Pattern& pattern, uint64_t& bad) {
  std::vector<unsigned char> chunk(kChunk_bytes);
  uint64_t received = 0;
  while (true) {
    pollfd wait{fd, POLLIN, 0};
    if (poll(&wait, 1, kSilence_ms) <= 0) return received;
    const ssize_t got = recv(fd, chunk.data(), chunk.size(), 0);
    if (got <= 0) return received;
    bad += pattern.wrong(received, {chunk.data(), static_cast<size_t>(got)});
    received += static_cast<uint64_t>(got);
  }
}

// A way to send it: which program, and how.
struct Way {
  const char* name;
  const char* field;  // of the record
  const char* program;
  const char* copy_kib;  // so much at a time; nullptr: all of it by one call
};
constexpr std::array<Way, 6> kWays = {{
    {"read and InetWrite", "copy_ms", "inlet_file_server", "64"},
    {"InetWriteStream", "stream_ms", "inlet_file_server", nullptr},
    {"bare read and send", "bare_copy_ms", "raw_file_server", "64"},
    {"bare sendfile", "bare_stream_ms", "raw_file_server", nullptr},
    {"the first, by 16 KiB", "copy_16k_ms", "inlet_file_server", "16"},
    {"the first, by 4 KiB", "copy_4k_ms", "inlet_file_server", "4"},
}};

Sent send_once(const PatternFile& file, size_t mib, const Way& way, int server_cpu) {
  std::vector<std::string> command = {way.program, "--file", file.path()};
  if (way.copy_kib != nullptr) command.insert(command.end(), {"--copy", way.copy_kib});
  Child server(command, {{"INLET_SHARDS", "1"}}, server_cpu);
  const uint16_t port = server.wait_for_port();
  Sent sent;
  const uint64_t cpu_from_ns = cpu_ns_of(server.pid());
  const uint64_t from_ns = now_ns();
  const Descriptor client = connect_loopback(port);
  const uint64_t received = receive_all(client.get(), file.pattern(), sent.bad);
  sent.span_ms = static_cast<double>(now_ns() - from_ns) / 1e6;
  sent.server_ms = static_cast<double>(cpu_ns_of(server.pid()) - cpu_from_ns) / 1e6;
  if (received != mib * kChunk_bytes) ++sent.bad;
  sent.bad += server.end(SIGTERM) != 0;
  return sent;
}

// All ways once, each round beginning with another one.
std::array<Sent, kWays.size()> send_round(const PatternFile& file, size_t mib, unsigned round, int server_cpu) {
  std::array<Sent, kWays.size()> each;
  for (unsigned i = 0; i < kWays.size(); ++i) {
    const size_t way = (i + round) % kWays.size();
    each[way] = send_once(file, mib, kWays[way], server_cpu);
    std::printf("%zu MiB, round %u: %-20s %5.0f ms CPU (%.0f ms)\n", mib, round + 1, kWays[way].name,
                each[way].server_ms, each[way].span_ms);
    std::fflush(stdout);
  }
  return each;
}

int run(Arguments arguments) {
  const bool brief = arguments.flag("--short");
  const auto mib = static_cast<size_t>(arguments.number("--mib", brief ? 128 : 1024, 1, 4096));
  const auto rounds = static_cast<unsigned>(arguments.number("--rounds", brief ? 2 : 5, 1, 1000));
  const auto server_cpu = static_cast<int>(arguments.number("--server-cpu", 0, -1, 1023));
  const auto client_cpu = static_cast<int>(arguments.number("--client-cpu", 1, -1, 1023));
  Results results(arguments.text("--out", ""));
  arguments.finish();
  pin_to_cpu(client_cpu);
  const PatternFile file(mib);
  std::vector<double> ratios, bare_ratios;
  uint64_t bad = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    const auto each = send_round(file, mib, round, server_cpu);
    ratios.push_back(each[1].server_ms / each[0].server_ms);
    bare_ratios.push_back(each[3].server_ms / each[2].server_ms);
    Record record("file");
    record.set("mib", static_cast<double>(mib)).set("round", round);
    uint64_t round_bad = 0;
    for (size_t i = 0; i < kWays.size(); ++i) {
      record.set(kWays[i].field, each[i].server_ms);
      round_bad += each[i].bad;
    }
    record.set("bad", static_cast<double>(round_bad));
    results.add(record);
    bad += round_bad;
  }
  std::printf("result file ratio=%.3f bare_ratio=%.3f bad=%llu\n", median(ratios), median(bare_ratios),
              static_cast<unsigned long long>(bad));
  return bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  try {
    return inlet::bench::run(inlet::bench::Arguments(argc, argv));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "file: %s\n", failure.what());
    return 2;
  }
}
