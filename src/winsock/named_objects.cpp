#include "winsock/named_objects.h"

#include <mutex>
#include <unordered_map>

#include "base/utf16.h"

namespace inlet::winsock {
namespace {

struct Names {
  std::mutex mutex;
  std::unordered_map<std::string, std::weak_ptr<HandleObject>> objects;  // guarded by mutex
};

// Never destroyed: other threads may still make objects while the process ends.
Names& names() {
  static Names* instance = new Names;
  return *instance;
}

// Names whose objects are gone are swept when the table has doubled.
void sweep_locked(Names& self) {
  static size_t next_sweep = 64;
  if (self.objects.size() < next_sweep) return;
  std::erase_if(self.objects, [](const auto& entry) { return entry.second.expired(); });
  next_sweep = self.objects.size() * 2 + 64;
}

struct Found {
  std::shared_ptr<HandleObject> object;
  bool existed;
};

Found find_or_make(const std::string& name, MakeObject make, const void* arguments) {
  if (name.empty()) return {make(arguments), false};
  std::lock_guard lock(names().mutex);
  sweep_locked(names());
  std::weak_ptr<HandleObject>& entry = names().objects[name];
  if (auto object = entry.lock()) return {std::move(object), true};
  Found made{make(arguments), false};
  entry = made.object;
  return made;
}

}  // namespace

ObjectName::ObjectName(LPCSTR name) : text(name != nullptr ? name : ""), characters(text.size()) {}

ObjectName::ObjectName(LPCWSTR name) {
  if (name == nullptr) return;
  characters = static_cast<size_t>(lstrlenW(name));
  text = to_utf8({name, characters});
}

HANDLE open_or_make(const ObjectName& name, ObjectKind kind, MakeObject make, const void* arguments) {
  return guarded(HANDLE{nullptr}, [&]() -> HANDLE {
    if (name.characters >= MAX_PATH) return fail(nullptr, ERROR_FILENAME_EXCED_RANGE);
    Found found = find_or_make(name.text, make, arguments);
    if (found.object->kind() != kind) return fail(nullptr, ERROR_INVALID_HANDLE);
    HANDLE handle = insert_handle(std::move(found.object));
    if (handle == nullptr) return fail(nullptr, ERROR_NOT_ENOUGH_MEMORY);
    set_last_error(found.existed ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
    return handle;
  });
}

}  // namespace inlet::winsock
