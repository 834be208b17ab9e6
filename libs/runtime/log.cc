#include "libs/runtime/log.h"

#include <chrono>
#include <memory>
#include <mutex>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "libs/base/civil.h"
#include "libs/runtime/limits.h"

namespace plaza::runtime {
namespace {

using Json = nlohmann::ordered_json;

std::shared_ptr<spdlog::logger> MakeLogger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("plaza", std::move(sink));
  logger->set_pattern("%v");  // the line is JSON already
  logger->set_level(spdlog::level::info);
  logger->flush_on(spdlog::level::debug);
  return logger;
}

// The current logger. Never destroyed: threads may log while the process ends.
struct Current {
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger =
      MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
};
Current& TheCurrent() {
  static auto* current = new Current;
  return *current;
}
std::shared_ptr<spdlog::logger> Logger() {
  Current& current = TheCurrent();
  const std::lock_guard lock(current.mutex);
  return current.logger;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

std::string Now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return FormatUtc({std::chrono::duration_cast<std::chrono::milliseconds>(since).count()});
}

// Redacted, then cut: the other way round, half a PAN could pass unseen.
std::string Clean(std::string_view text) {
  const bool cut = text.size() > kLogTextCharsMax;
  // A little more than is kept, so that a PAN across the cut is still seen whole.
  std::string clean = Redact(text.substr(0, kLogTextCharsMax + 2 * kPanDigitsMax));
  if (cut) {
    clean.resize(std::min(clean.size(), kLogTextCharsMax));
    clean += "…";
  }
  return clean;
}

Json FieldValue(const LogField& field) {
  if (const bool* flag = std::get_if<bool>(&field.value)) return *flag;
  if (const std::int64_t* number = std::get_if<std::int64_t>(&field.value)) {
    const std::string text = std::to_string(*number);
    std::string clean = Redact(text);
    if (clean == text) return *number;
    return clean;
  }
  return Clean(std::get<std::string>(field.value));
}

}  // namespace

void SetLogLevel(LogLevel level) { Logger()->set_level(ToSpdlog(level)); }

void SetLogFile(const std::string& path) {
  spdlog::sink_ptr sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  if (!path.empty()) {
    sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path, /*truncate=*/false);
  }
  auto logger = MakeLogger(std::move(sink));
  Current& current = TheCurrent();
  const std::lock_guard lock(current.mutex);
  logger->set_level(current.logger->level());
  current.logger = std::move(logger);
}

void Log(LogLevel level, std::string_view component, std::string_view message,
         std::span<const LogField> fields) {
  const auto logger = Logger();
  if (!logger->should_log(ToSpdlog(level))) return;
  Json line;
  line["time"] = Now();
  line["level"] = LevelName(level);
  line["component"] = component;
  line["message"] = Clean(message);
  for (const LogField& field : fields) line[std::string(field.name)] = FieldValue(field);
  logger->log(ToSpdlog(level), "{}", line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace plaza::runtime
