// Clients of a TLS server that never finish their handshake: some say nothing, some send a byte now and then.
#ifndef INLET_STRESS_SILENT_CROWD_H
#define INLET_STRESS_SILENT_CROWD_H

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace inlet::stress {

// Connects them all and watches, on a thread of its own, when the server closes each.
//
// Thread   The one that made it, except the thread inside.
class SilentCrowd {
 public:
  struct Plan {
    uint16_t port;
    uint32_t silent;
    uint32_t dripping;
    int64_t drip_ms;
  };
  explicit SilentCrowd(const Plan& plan);
  ~SilentCrowd();
  SilentCrowd(const SilentCrowd&) = delete;
  SilentCrowd& operator=(const SilentCrowd&) = delete;

  uint32_t present() const { return present_.load(); }
  uint32_t refused() const { return refused_; }  // could not even connect

  // How long the server has kept each of those that are gone, in ms. After present() has become 0.
  const std::vector<int64_t>& lasted_ms() const { return lasted_ms_; }

 private:
  struct Member {
    int socket;
    int64_t since_ms;
    int64_t next_drip_ms;  // never for silent ones
    size_t sent;
  };

  void add(const Plan& plan, bool drips);
  void watch();
  void drip(Member& member, int64_t now);
  void look(Member& member);

  const int64_t drip_ms_;
  std::vector<Member> members_;
  std::vector<int64_t> lasted_ms_;
  uint32_t refused_ = 0;
  std::atomic<uint32_t> present_{0};
  std::atomic<bool> stopping_{false};
  int queue_;
  std::thread watcher_;
};

}  // namespace inlet::stress

#endif  // INLET_STRESS_SILENT_CROWD_H
