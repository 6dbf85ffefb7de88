// What runs on the shards in this layer.
#pragma once

#include "engine/context.h"
#include "engine/task.h"

namespace inlet::server {

enum : engine::Task::Kind { kSessionTask = 1, kAcceptorTask = 2, kSocketEventsTask = 3 };

// The task of that kind whose callback runs on this thread, or nullptr.
template <class T>
T* task_here(engine::Task::Kind kind) {
  engine::Task* task = engine::current_task();
  return task && task->kind() == kind ? static_cast<T*>(task) : nullptr;
}

}  // namespace inlet::server
