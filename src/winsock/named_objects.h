// Objects that have a name inside this process. A name lasts as long as its object.
#pragma once

#include <concepts>
#include <memory>
#include <string>

#include "winsock/fail.h"
#include "winsock/handles.h"

namespace inlet::winsock {

// A name as the program gave it, as UTF-8; empty for none.
struct ObjectName {
  explicit ObjectName(LPCSTR name);
  explicit ObjectName(LPCWSTR name);

  std::string text;
  size_t characters = 0;  // as the program counted them
};

using MakeObject = std::shared_ptr<HandleObject> (*)(const void* arguments);

// A handle for the object of that name, made if there is none.
//
// Returns  the handle, with last error 0 or ERROR_ALREADY_EXISTS; NULL with the last error set, see CreateEvent.
HANDLE open_or_make(const ObjectName& name, ObjectKind kind, MakeObject make, const void* arguments);

// The same for a function object that makes a std::shared_ptr<HandleObject>.
template <std::invocable Make>
HANDLE open_or_make(const ObjectName& name, ObjectKind kind, const Make& make) {
  MakeObject call = [](const void* function) -> std::shared_ptr<HandleObject> {
    return (*static_cast<const Make*>(function))();
  };
  return open_or_make(name, kind, call, &make);
}

}  // namespace inlet::winsock
