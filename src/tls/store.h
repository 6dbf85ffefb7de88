// A store of identities: a file, or a folder of files, and who in it answers to a name.
#pragma once

#include <string>
#include <vector>

#include "tls/load_error.h"
#include "tls/openssl.h"

namespace inlet::tls {

// A certificate with its private key and the certificates between it and a root.
struct Identity {
  CertificatePtr certificate;
  KeyPtr key;
  CertificateStackPtr chain;
  std::string file;                // where the certificate was found
  std::string friendly_name;       // PKCS#12 only
  std::vector<std::string> names;  // host names, folded
};

struct StoreQuery {
  std::string store;     // a file or a folder
  std::string key_file;  // the private key, when it is in neither
  std::string password;
  std::string name;  // subject's common name, SAN, friendly name or file name; empty for all
};

// Reads the identities that answer to the name, in the order of file names. With a name those that are out of date are left out as
// long as one is good; without, each of them is an error.
//
// Shape    In a folder the files *.pem *.crt *.cer *.der *.key *.p12 *.pfx count. A key belongs to the certificate it fits, first
//          to the one whose file has the same name. A file in a folder that cannot be used is an error, unless name chooses others.
// Returns  At least one identity, or an error and none.
// Errors   All of LoadFault but weak and bad_option
LoadError read_store(const StoreQuery& query, std::vector<Identity>& identities);

}  // namespace inlet::tls
