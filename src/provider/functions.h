// The 30 functions of the table, by number and by name: for layers that treat them alike.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace inlet::provider {

// In the order of the table. (Every run of clang-format would move these lines again.)
// clang-format off
#define INLET_WSP_FUNCTIONS(X)                                                                    \
  X(Accept) X(AddressToString) X(AsyncSelect) X(Bind) X(CancelBlockingCall) X(Cleanup)            \
  X(CloseSocket) X(Connect) X(DuplicateSocket) X(EnumNetworkEvents) X(EventSelect)                \
  X(GetOverlappedResult) X(GetPeerName) X(GetSockName) X(GetSockOpt) X(GetQOSByName) X(Ioctl)     \
  X(JoinLeaf) X(Listen) X(Recv) X(RecvDisconnect) X(RecvFrom) X(Select) X(Send) X(SendDisconnect) \
  X(SendTo) X(SetSockOpt) X(Shutdown) X(Socket) X(StringToAddress)
// clang-format on

enum class Function : uint8_t {
#define INLET_X(name) name,
  INLET_WSP_FUNCTIONS(INLET_X)
#undef INLET_X
};

constexpr std::array kFunctionNames = {
#define INLET_X(name) std::string_view("WSP" #name),
    INLET_WSP_FUNCTIONS(INLET_X)
#undef INLET_X
};
constexpr size_t kFunctions = kFunctionNames.size();

constexpr std::string_view name_of(Function function) {
  return kFunctionNames[static_cast<size_t>(function)];
}

constexpr std::optional<Function> function_named(std::string_view name) {
  for (size_t i = 0; i < kFunctions; ++i)
    if (kFunctionNames[i] == name) return static_cast<Function>(i);
  return std::nullopt;
}

// What a function returns when it fails: SOCKET_ERROR is INVALID_SOCKET once it is a SOCKET, and BOOL is an int to the
// compiler.
constexpr int failure_value(Function function) {
  const bool is_bool = function == Function::GetOverlappedResult || function == Function::GetQOSByName;
  return is_bool ? 0 : -1;
}

// Those whose result is a new socket.
constexpr bool makes_socket(Function function) {
  return function == Function::Accept || function == Function::Socket || function == Function::JoinLeaf;
}

}  // namespace inlet::provider
