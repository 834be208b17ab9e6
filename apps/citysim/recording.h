// A recorded city day: every tap record that went up, in order, with the marks of the clock
// (docs/formats/recording.md).
//
// Writing: the file appears under its name only when Finish() has written its end; until then it is
// "<path>.part". Reading: Open() checks the whole file against its own hash, so that a replay never
// begins with a file that is damaged. Not thread-safe. Errors: RECORDING_IO, NOT_A_RECORDING,
// RECORDING_VERSION, RECORDING_UNFINISHED, RECORDING_DAMAGED with the offset.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "apps/citysim/doors.h"
#include "libs/base/bytes.h"
#include "libs/base/civil.h"
#include "libs/base/result.h"

namespace plaza::citysim {

inline constexpr int kRecordingVersion = 1;

struct RecordingHeader {
  std::uint64_t seed = 0;
  Date date;         // the business day
  std::string zone;  // IANA name
  std::vector<ValidatorPlace> validators;
  std::vector<Grant> grants;
  bool operator==(const RecordingHeader&) const = default;
};

struct TapEntry {
  Bytes record;
  bool operator==(const TapEntry&) const = default;
};
struct ClockMark {  // the clock is moved to here
  Instant now;
  bool operator==(const ClockMark&) const = default;
};
struct WindowMark {  // consumers are idle before anything after it is sent
  bool operator==(const WindowMark&) const = default;
};
struct CutOffMark {
  Date business_day;
  bool operator==(const CutOffMark&) const = default;
};
using RecordingEntry = std::variant<TapEntry, ClockMark, WindowMark, CutOffMark>;

class RecordingWriter {
 public:
  static Result<std::unique_ptr<RecordingWriter>> Create(const std::string& path,
                                                         const RecordingHeader& header);
  ~RecordingWriter();  // without Finish(): removes the unfinished file

  Result<void> Append(const RecordingEntry& entry);
  Result<void> Finish();
  std::uint64_t taps() const;

 private:
  RecordingWriter();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class RecordingReader {
 public:
  static Result<std::unique_ptr<RecordingReader>> Open(const std::string& path);
  ~RecordingReader();

  const RecordingHeader& header() const;
  std::uint64_t taps() const;  // in the whole file
  // True and the next entry; false at the end.
  Result<bool> Next(RecordingEntry& entry);

 private:
  RecordingReader();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::citysim
