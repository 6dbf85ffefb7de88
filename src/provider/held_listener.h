// A listener of Inlet's own provider, borrowed once for as long as a server accepts from it: what HeldSocket is to a connection.
//
// Beside the borrowing it saves the last accept of each burst, the one that finds nobody. A server that watches the listener's edges
// need not ask for the end of the queue: who comes after the queue was counted has an edge of his own.
//
// Where a layer stands over the provider nothing is held and the table is to be used.
#pragma once

#include "base/result.h"
#include "provider/table.h"

struct sockaddr;

namespace inlet::provider {

struct Record;
struct Extension;

// Thread   One at a time.
class HeldListener {
 public:
  // Holds the listener, if it can be held.
  HeldListener(const Provider& provider, SOCKET listener);
  ~HeldListener();
  HeldListener(const HeldListener&) = delete;
  HeldListener& operator=(const HeldListener&) = delete;

  explicit operator bool() const { return record_ != nullptr; }

  // The edges so far are used up, so whoever waits has to be counted anew. Call it before the first accept of a row.
  void begin() { counted_ = false; }

  // As Provider::accept, for a listener that is held. listener: the handle it was made with.
  //
  // Shape    more: false when all are taken who were counted, so that the next one comes with an edge
  Result<SOCKET> accept(Provider& provider, SOCKET listener, sockaddr* peer, int* length, bool* more);

 private:
  Record* record_ = nullptr;
  Extension* parts_ = nullptr;  // the record's; stay while it is held
  int fd_ = -1;
  bool counted_ = false;
};

}  // namespace inlet::provider
