// A key and a certificate for "localhost" that live as long as a benchmark.
#ifndef INLET_BENCH_CERTIFICATE_H
#define INLET_BENCH_CERTIFICATE_H

#include <string>

namespace inlet::bench {

// ECDSA on P-256, signed by itself, valid for a day, in one PEM file of the system's folder for temporary files.
class Certificate {
 public:
  // Errors   std::runtime_error when the file cannot be written
  Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  ~Certificate();

  const std::string& file() const { return file_; }

 private:
  std::string file_;
};

}  // namespace inlet::bench

#endif
