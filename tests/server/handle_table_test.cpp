// What handles lead to, and until when.
#include "server/handle_table.h"

#include <gtest/gtest.h>

namespace inlet::server::test {
namespace {

struct Thing {
  explicit Thing(SOCKET) {}
};
using Table = HandleTable<Thing, HandleKind::session>;

// A thread was still writing to a client when its session ended, so the socket stayed open and watched; the next event of it led its
// shard to a session that this thread was just destroying.
TEST(HandleTable, TheOwnerFindsNothingAfterItHasLetGo) {
  static Table* const table = new Table;  // as in the library, never freed: a stale handle may look at any time
  const auto [handle, thing] = table->insert();
  {
    const auto held = table->pin(handle);
    EXPECT_TRUE(table->retire(handle));
    EXPECT_EQ(table->peek(handle), thing) << "retired, and still the owner's";
    table->unpin_owner(handle);
    EXPECT_EQ(table->peek(handle), nullptr) << "only the other one holds it";
    EXPECT_EQ(held.get(), thing);
  }
  EXPECT_EQ(table->peek(handle), nullptr);
}

}  // namespace
}  // namespace inlet::server::test
