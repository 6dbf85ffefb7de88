// Why credentials could not be loaded. An administrator reads this at the start of a server, so each cause has its own number and
// its own sentence, and the sentence names the file.
#pragma once

#include <cstdint>
#include <string>

namespace inlet::tls {

enum class LoadFault : uint8_t {
  none,
  missing_file,    // there is no such file or folder
  unreadable,      // it is there, and this process may not or cannot read it
  too_large,       // no file of certificates is that large
  no_certificate,  // nothing in it is a certificate
  no_key,          // a certificate, but no private key for it
  no_password,     // the key is encrypted and no password was given
  wrong_password,  // the password does not open it
  key_mismatch,    // a certificate and a key, of different pairs
  expired,         // the certificate's time is over
  not_yet_valid,   // the certificate's time has not come
  damaged,         // it begins like something we know and cannot be read to its end
  unsupported,     // encrypted or signed in a way that this OpenSSL does not offer
  weak,            // key or signature too weak for the security level
  no_such_name,    // no certificate answers to the name that was asked for
  bad_option,      // the other settings contradict each other
  no_memory,
};

struct LoadError {
  LoadFault fault = LoadFault::none;
  std::string file;
  std::string text;  // one sentence without a full stop, beginning with the file's name

  bool ok() const { return fault == LoadFault::none; }
};

// Makes an error whose text is "<file>: <what>".
LoadError load_error(LoadFault fault, const std::string& file, const std::string& what);

// The same with the usual words for the fault.
LoadError load_error(LoadFault fault, const std::string& file);

}  // namespace inlet::tls
