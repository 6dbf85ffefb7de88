#include "provider/linux/extension.h"

#include "provider/linux/events.h"
#include "provider/linux/handle_count.h"
#include "provider/linux/kept_options.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/spill.h"

namespace inlet::provider {

Extension::Extension() = default;

Extension::~Extension() {
  delete pending.load(std::memory_order_relaxed);
  delete selection.load(std::memory_order_relaxed);
  delete overlapped.load(std::memory_order_relaxed);
  delete spill.load(std::memory_order_relaxed);
  delete handle_count.load(std::memory_order_relaxed);
  delete options.load(std::memory_order_relaxed);
}

}  // namespace inlet::provider
