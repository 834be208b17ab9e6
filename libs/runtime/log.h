// Structured JSON logs, one object a line on standard error (spdlog underneath). Thread-safe.
// Every text passes the redactor first: digit runs that look like a PAN (13 to 19 digits that pass
// the Luhn check, also with blanks or hyphens, as BCD hex, or with a track-2 separator) are masked,
// whatever field they are in.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace plaza::runtime {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string_view name;
  std::variant<std::string, std::int64_t, bool> value;
};

void SetLogLevel(LogLevel level);
void SetLogFile(const std::string& path);  // appends to a file; empty: standard error again
// {"time":…,"level":…,"component":…,"message":…,fields…}
void Log(LogLevel level, std::string_view component, std::string_view message,
         std::span<const LogField> fields);
inline void Log(LogLevel level, std::string_view component, std::string_view message,
                std::initializer_list<LogField> fields = {}) {
  Log(level, component, message, std::span<const LogField>(fields.begin(), fields.size()));
}

std::string Redact(std::string_view text);

}  // namespace plaza::runtime
