// libuv: one loop a thread, one buffer for all reads of a loop, an attempt to write at once before a write is queued.
#include <uv.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

#include "e2e/peers/peer.h"

namespace inlet::bench {
namespace {

struct LoopState {
  const PeerOptions* options;
  char buffer[kPeerBuffer_bytes];
};

struct Client {
  uv_tcp_t handle;
  char mode = 0;
};

// The rest of an echo that found no room.
struct Rest {
  uv_write_t request;
  std::vector<char> bytes;
};

LoopState& state_of(const uv_handle_t* handle) {
  return *static_cast<LoopState*>(handle->loop->data);
}

void close_client(uv_handle_t* handle) {
  if (uv_is_closing(handle)) return;
  uv_close(handle, [](uv_handle_t* closed) { delete static_cast<Client*>(closed->data); });
}

void lend_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
  LoopState& state = state_of(handle);
  *buffer = uv_buf_init(state.buffer, sizeof state.buffer);
}

void write_rest(uv_stream_t* stream, const char* data, size_t size) {
  auto rest = std::make_unique<Rest>();
  rest->bytes.assign(data, data + size);
  rest->request.data = rest.get();
  const uv_buf_t buffer = uv_buf_init(rest->bytes.data(), static_cast<unsigned>(size));
  const int result = uv_write(&rest->request, stream, &buffer, 1, [](uv_write_t* request, int status) {
    if (status < 0) close_client(reinterpret_cast<uv_handle_t*>(request->handle));
    delete static_cast<Rest*>(request->data);
  });
  if (result == 0) static_cast<void>(rest.release());  // now the callback's
}

void on_read(uv_stream_t* stream, ssize_t got, const uv_buf_t* buffer) {
  auto* handle = reinterpret_cast<uv_handle_t*>(stream);
  if (got < 0) return close_client(handle);
  if (got == 0) return;
  if (state_of(handle).options->blockers) block_if_told(static_cast<Client*>(stream->data)->mode, buffer->base);
  const uv_buf_t echo = uv_buf_init(buffer->base, static_cast<unsigned>(got));
  const int sent = uv_try_write(stream, &echo, 1);
  if (sent == got) return;
  if (sent < 0 && sent != UV_EAGAIN) return close_client(handle);
  const int done = sent < 0 ? 0 : sent;
  write_rest(stream, buffer->base + done, static_cast<size_t>(got - done));
}

void on_connection(uv_stream_t* listener, int status) {
  if (status < 0) return;
  auto client = std::make_unique<Client>();
  uv_tcp_init(listener->loop, &client->handle);
  client->handle.data = client.get();
  auto* stream = reinterpret_cast<uv_stream_t*>(&client.release()->handle);
  if (uv_accept(listener, stream) != 0) return close_client(reinterpret_cast<uv_handle_t*>(stream));
  uv_read_start(stream, lend_buffer, on_read);
}

void check(int result, const char* call) {
  if (result < 0) throw std::runtime_error(std::string(call) + ": " + uv_strerror(result));
}

void serve(int listener, const PeerOptions& options) {
  auto state = std::make_unique<LoopState>();
  state->options = &options;
  uv_loop_t loop;
  check(uv_loop_init(&loop), "uv_loop_init");
  loop.data = state.get();
  uv_tcp_t server;
  check(uv_tcp_init(&loop, &server), "uv_tcp_init");
  check(uv_tcp_open(&server, listener), "uv_tcp_open");
  check(uv_listen(reinterpret_cast<uv_stream_t*>(&server), 4096, on_connection), "uv_listen");
  uv_run(&loop, UV_RUN_DEFAULT);
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  return inlet::bench::run_peer(argc, argv, "libuv_server", inlet::bench::serve);
}
