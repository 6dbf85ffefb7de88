#include "server/stream_text.h"

#include <algorithm>

namespace inlet::server {

namespace {

constexpr uint32_t kReplacement = 0xfffd;
constexpr uint32_t kFirstOfTwoUnits = 0x10000;

bool is_surrogate(uint32_t code) {
  return code >= 0xd800 && code <= 0xdfff;
}

void append_unit(uint32_t unit, std::string& out) {
  out += static_cast<char>(unit & 0xff);
  out += static_cast<char>(unit >> 8);
}

void append_utf8(uint32_t code, std::string& out) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    tail(0);
  } else if (code < kFirstOfTwoUnits) {
    out += static_cast<char>(0xe0 | code >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    tail(12), tail(6), tail(0);
  }
}

}  // namespace

// ---- from the network

StreamIntake::StreamIntake(StreamForm form, std::string_view marker, uint64_t room)
    : form_(form), marker_(marker), room_(room) {}

size_t StreamIntake::take(const char* data, size_t size, std::string& out) {
  size_t used = 0;
  while (used < size && !complete_) {
    const size_t stored = out.size();
    if (!has_room_for(data[used])) {
      complete_ = true;
      break;
    }
    put(data[used], out);
    room_ -= out.size() - stored;
    complete_ = marker_.feed(data[used++]);
  }
  // Full, and nobody waits for one byte more to see that it does not fit.
  if (missing_ == 0 && room_ < (form_.utf16 ? 2u : 1u)) complete_ = true;
  if (complete_) finish(out);
  return used;
}

// Whether what the byte brings, or may bring with those that follow it, can be stored. A character is never cut in two, so room for
// all of it is there before its first byte is taken.
bool StreamIntake::has_room_for(char byte) const {
  const auto value = static_cast<unsigned char>(byte);
  if (form_.crlf && after_cr_ && byte == '\n') return true;
  const bool line_end = form_.crlf && (byte == '\r' || byte == '\n');
  if (!form_.utf16) return room_ >= (line_end ? 2u : 1u);
  const bool goes_on = missing_ != 0 && (value & 0xc0) == 0x80;
  if (goes_on) return true;
  const uint64_t cut_off = missing_ != 0 ? 2 : 0;
  return room_ >= cut_off + (line_end || value >= 0xf0 ? 4u : 2u);
}

void StreamIntake::put(char byte, std::string& out) {
  const bool second_half = form_.crlf && after_cr_ && byte == '\n';
  const bool line_end = form_.crlf && (byte == '\r' || byte == '\n');
  after_cr_ = byte == '\r';
  if (second_half) return;
  if (!line_end) return put_text(byte, out);
  put_text('\r', out);
  put_text('\n', out);
}

void StreamIntake::put_text(char byte, std::string& out) {
  if (!form_.utf16) {
    out += byte;
    return;
  }
  const auto value = static_cast<unsigned char>(byte);
  if (missing_ != 0 && (value & 0xc0) == 0x80) {
    code_ = code_ << 6 | (value & 0x3f);
    if (--missing_ == 0)
      put_code(code_ < least_ || is_surrogate(code_) || code_ > 0x10ffff ? kReplacement : code_, out);
    return;
  }
  if (missing_ != 0) put_replacement(out);
  if (value < 0x80) return put_code(value, out);
  const unsigned length = value >= 0xf0 && value <= 0xf4  ? 4
                          : value >= 0xe0 && value < 0xf0 ? 3
                          : value >= 0xc2 && value < 0xe0 ? 2
                                                          : 0;
  if (length == 0) return put_code(kReplacement, out);
  missing_ = length - 1;
  code_ = value & (0x7fu >> length);
  least_ = length == 4 ? kFirstOfTwoUnits : length == 3 ? 0x800 : 0x80;
}

void StreamIntake::put_code(uint32_t code, std::string& out) {
  if (code < kFirstOfTwoUnits) return append_unit(code, out);
  append_unit(0xd800 + ((code - kFirstOfTwoUnits) >> 10), out);
  append_unit(0xdc00 + (code & 0x3ff), out);
}

void StreamIntake::put_replacement(std::string& out) {
  missing_ = 0;
  put_code(kReplacement, out);
}

void StreamIntake::finish(std::string& out) {
  if (missing_ != 0) put_replacement(out);
}

// ---- to the network

void StreamOutflow::take(const char* data, size_t size, std::string& out) {
  for (size_t at = 0; at < size; ++at) {
    const auto byte = static_cast<unsigned char>(data[at]);
    if (!form_.utf16) {
      put_code(byte, out);
    } else if (has_half_) {
      has_half_ = false;
      put_unit(static_cast<char16_t>(half_ | byte << 8), out);
    } else {
      has_half_ = true;
      half_ = byte;
    }
  }
}

void StreamOutflow::put_unit(char16_t unit, std::string& out) {
  const bool low = unit >= 0xdc00 && unit <= 0xdfff;
  if (high_ != 0) {
    const char16_t high = high_;
    high_ = 0;
    if (low) return put_code(kFirstOfTwoUnits + ((high & 0x3ffu) << 10) + (unit & 0x3ffu), out);
    put_code(kReplacement, out);
  }
  if (unit >= 0xd800 && unit <= 0xdbff)
    high_ = unit;
  else
    put_code(low ? kReplacement : unit, out);
}

// A byte, where the source is no UTF-16.
void StreamOutflow::put_code(uint32_t code, std::string& out) {
  const bool second_half = form_.crlf && after_cr_ && code == '\n';
  const bool line_end = form_.crlf && (code == '\r' || code == '\n');
  after_cr_ = code == '\r';
  if (second_half) return;
  if (line_end)
    out += "\r\n";
  else if (form_.utf16)
    append_utf8(code, out);
  else
    out += static_cast<char>(code);
}

void StreamOutflow::finish(std::string& out) {
  if (high_ != 0 || has_half_) put_code(kReplacement, out);
  high_ = 0;
  has_half_ = false;
}

}  // namespace inlet::server
