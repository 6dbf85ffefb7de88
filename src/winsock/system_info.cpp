// The clock, and what the machine has.
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <windows.h>

#include "winsock/fail.h"

namespace inlet::winsock {
namespace {

constexpr int64_t kTicksPerSecond = 10'000'000;  // hundreds of nanoseconds, as on Windows today
constexpr int64_t kSecondsFrom1601To1970 = 11'644'473'600;

int64_t ticks(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * kTicksPerSecond + now.tv_nsec / 100;
}

BOOL write_large(LARGE_INTEGER* to, LONGLONG value) {
  if (to == nullptr) return fail(FALSE, ERROR_NOACCESS);
  to->QuadPart = value;
  return TRUE;
}

constexpr WORD architecture() {
#if defined(__x86_64__)
  return PROCESSOR_ARCHITECTURE_AMD64;
#elif defined(__aarch64__)
  return PROCESSOR_ARCHITECTURE_ARM64;
#else
  return PROCESSOR_ARCHITECTURE_UNKNOWN;
#endif
}

void count_processors(SYSTEM_INFO* info) {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (sched_getaffinity(0, sizeof(usable), &usable) != 0) {
    info->dwNumberOfProcessors = static_cast<DWORD>(sysconf(_SC_NPROCESSORS_ONLN));
    return;
  }
  info->dwNumberOfProcessors = static_cast<DWORD>(CPU_COUNT(&usable));
  for (unsigned i = 0; i < 64; ++i)
    if (CPU_ISSET(i, &usable)) info->dwActiveProcessorMask |= DWORD_PTR{1} << i;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

void WINAPI GetSystemInfo(LPSYSTEM_INFO lpSystemInfo) {
  *lpSystemInfo = {};
  lpSystemInfo->wProcessorArchitecture = architecture();
  lpSystemInfo->dwPageSize = static_cast<DWORD>(sysconf(_SC_PAGESIZE));
  lpSystemInfo->dwAllocationGranularity = lpSystemInfo->dwPageSize;
  count_processors(lpSystemInfo);
}

ULONGLONG WINAPI GetTickCount64(void) {
  return static_cast<ULONGLONG>(ticks(CLOCK_BOOTTIME)) / (kTicksPerSecond / 1000);
}
DWORD WINAPI GetTickCount(void) {
  return static_cast<DWORD>(GetTickCount64());
}

void WINAPI GetSystemTimeAsFileTime(LPFILETIME lpSystemTimeAsFileTime) {
  const auto now = static_cast<uint64_t>(ticks(CLOCK_REALTIME) + kSecondsFrom1601To1970 * kTicksPerSecond);
  lpSystemTimeAsFileTime->dwLowDateTime = static_cast<DWORD>(now);
  lpSystemTimeAsFileTime->dwHighDateTime = static_cast<DWORD>(now >> 32);
}

BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER* lpPerformanceCount) {
  return write_large(lpPerformanceCount, ticks(CLOCK_MONOTONIC));
}
BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER* lpFrequency) {
  return write_large(lpFrequency, kTicksPerSecond);
}

DWORD WINAPI GetCurrentProcessId(void) {
  return static_cast<DWORD>(getpid());
}
