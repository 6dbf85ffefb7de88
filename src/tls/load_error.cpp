#include "tls/load_error.h"

namespace inlet::tls {
namespace {

const char* words_of(LoadFault fault) {
  switch (fault) {
    case LoadFault::none: return "no error";
    case LoadFault::missing_file: return "there is no such file or folder";
    case LoadFault::unreadable: return "the file cannot be read";
    case LoadFault::too_large: return "the file is too large to hold certificates";
    case LoadFault::no_certificate: return "there is no certificate in it";
    case LoadFault::no_key: return "there is no private key for the certificate";
    case LoadFault::no_password: return "the private key is encrypted and no password was given";
    case LoadFault::wrong_password: return "the password is wrong";
    case LoadFault::key_mismatch: return "the private key does not belong to the certificate";
    case LoadFault::expired: return "the certificate has expired";
    case LoadFault::not_yet_valid: return "the certificate is not valid yet";
    case LoadFault::damaged: return "the file is damaged";
    case LoadFault::unsupported: return "the file uses an algorithm that OpenSSL does not offer";
    case LoadFault::weak: return "the key or the signature of the certificate is too weak";
    case LoadFault::no_such_name: return "no certificate in it has the wanted name";
    case LoadFault::bad_option: return "the settings contradict each other";
    case LoadFault::no_memory: return "there is not enough memory";
  }
  return "unknown error";
}

}  // namespace

LoadError load_error(LoadFault fault, const std::string& file, const std::string& what) {
  return {fault, file, file.empty() ? what : file + ": " + what};
}

LoadError load_error(LoadFault fault, const std::string& file) {
  return load_error(fault, file, words_of(fault));
}

}  // namespace inlet::tls
