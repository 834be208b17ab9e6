// A batch of hostile records on the pure path of SubmitTaps: decode, ladder, sequences, accounts,
// rows.
//
// The input is a batch: per record a kind (1 octet), a length (2, big-endian) and its octets. Kind
// 0 is sent as it is; kind 1 gets a good MAC over whatever it says; kind 2 becomes the fields of a
// well-formed record. So every rung is reached.
#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "libs/base/check.h"
#include "services/tap-ingest/core/batch_row.h"
#include "services/tap-ingest/core/ladder.h"
#include "services/tap-ingest/core/media.h"
#include "services/tap-ingest/core/sequences.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {
namespace {

constexpr std::size_t kRecordsMax = 64;
const emv::MacKey kKey(emv::Key256{42});

ByteView Take(ByteView& from, std::size_t size) {
  const ByteView taken = from.first(std::min(size, from.size()));
  from = from.subspan(taken.size());
  return taken;
}

std::uint64_t TakeNumber(ByteView& from, std::size_t octets) {
  std::uint64_t number = 0;
  for (const std::uint8_t octet : Take(from, octets)) number = number << 8 | octet;
  return number;
}

Bytes WithMac(Bytes covered) {
  const emv::Mac mac = kKey.Sign(covered);
  return emv::AppendMac(std::move(covered), mac);
}

// Zeros, and no fields at all, are a good record: what goes wrong is picked by a larger octet.
Bytes FromFields(ByteView fields) {
  emv::TapRecord record;
  record.validator_id = TakeNumber(fields, 1) >= 240 ? "GDL-2" : "GDL-1";
  record.sequence = TakeNumber(fields, 1) + 1;
  if (record.sequence > 240) record.sequence = TakeNumber(fields, 8) | 1;
  const std::uint64_t minutes = TakeNumber(fields, 1);
  record.event_time = Instant{1'750'000'000'000} + Seconds(static_cast<std::int64_t>(minutes) * 60);
  if (minutes >= 240) record.event_time = {static_cast<std::int64_t>(TakeNumber(fields, 8))};
  record.stop_id = TakeNumber(fields, 1) >= 240 ? "ELSEWHERE" : "STOP";
  const bool accepted = TakeNumber(fields, 1) % 2 == 0;
  record.decision = accepted ? emv::Decision::kAccepted : emv::Decision::kDenied;
  record.reason = accepted ? emv::Reason::kNone : emv::Reason::kExpired;
  record.token_epoch = static_cast<std::uint32_t>(TakeNumber(fields, 1) % 2 + 1);
  record.token.emplace().fill(static_cast<std::uint8_t>(TakeNumber(fields, 1) % 4));
  const std::uint64_t par = TakeNumber(fields, 1) % 4;
  if (par != 0) record.par = std::string(29, static_cast<char>('A' + par));
  return WithMac(emv::EncodeUnsigned(record));
}

// What the service does with one record, without its store.
class Fold {
 public:
  void Receive(ByteView octets) {
    const Judged judged = JudgeRecord(
        octets, [&](const std::string& id) { return id == "GDL-1" ? &enrolled_ : nullptr; },
        [](std::string_view) { return true; }, {Instant{1'800'000'000'000}, Seconds(600)});
    PLAZA_CHECK((judged.refusal == Refusal::kNone) == judged.what.empty());
    if (!IsOnesOwn(judged.refusal) || IsForNow(judged.refusal)) return;
    const std::uint64_t sequence = judged.record.sequence;
    PLAZA_CHECK(sequence >= 1 && sequence <= kSequenceMax);
    PLAZA_CHECK(window_.Seen(sequence) == entries_.contains(sequence));
    if (window_.Seen(sequence) || !window_.Mark(sequence)) return;
    const RecordEntry entry{sequence, static_cast<std::uint8_t>(judged.refusal), judged.hash};
    entries_[sequence] = entry;
    records_.push_back({entry, octets});
    if (judged.refusal == Refusal::kNone) Teach(judged.record);
  }

  void Finish() {
    const auto decoded = SequenceWindow::Decode(window_.high_water(), window_.EncodeGaps());
    PLAZA_CHECK(decoded.ok() && *decoded == window_);
    std::size_t count = 0;
    for (const BatchRow& row : CutIntoRows(records_)) {
      PLAZA_CHECK(row.last_sequence - row.first_sequence < kRowSequenceSpan);
      const auto entries = DecodeHashes(row.hashes);
      const auto bodies = DecodeBatch(row.batch);
      PLAZA_CHECK(entries.ok() && bodies.ok() && entries->size() == bodies->size());
      for (std::size_t i = 0; i < entries->size(); ++i) {
        PLAZA_CHECK(entries_.at((*entries)[i].sequence) == (*entries)[i]);
        PLAZA_CHECK(HashBody(AsBytes((*bodies)[i])) == (*entries)[i].hash);
      }
      count += entries->size();
    }
    PLAZA_CHECK(count == entries_.size());
  }

 private:
  void Teach(const emv::TapRecord& record) {
    if (!record.token.has_value()) return;
    const TokenRef token{record.token_epoch, *record.token};
    const Holder before = media_.Refused(token);
    if (record.decision != emv::Decision::kAccepted) return;
    MediaEffects effects;
    const Holder after = media_.Accepted(token, record.par, effects);
    PLAZA_CHECK(after.medium == before.medium);
    PLAZA_CHECK((after.account != before.account) == !effects.links.empty());
    PLAZA_CHECK(media_.Refused(token).account == after.account);
  }

  const EnrolledValidator enrolled_{
      {ValidatorId("GDL-1"), OperatorId("op"), StopId("STOP"), "", Instant{1'700'000'000'000}},
      kKey};
  SequenceWindow window_;
  MediaRegistry media_;
  std::map<std::uint64_t, RecordEntry> entries_;
  std::vector<BatchRecord> records_;
};

void FuzzBatch(ByteView input) {
  std::vector<Bytes> batch;
  while (!input.empty() && batch.size() < kRecordsMax) {
    const std::uint64_t kind = TakeNumber(input, 1) % 3;
    const ByteView octets = Take(input, TakeNumber(input, 2) % 1200);
    batch.push_back(kind == 0   ? ToBytes(octets)
                    : kind == 1 ? WithMac(ToBytes(octets))
                                : FromFields(octets));
  }
  Fold fold;
  for (const Bytes& record : batch) fold.Receive(record);
  fold.Finish();
}

}  // namespace
}  // namespace plaza::tap_ingest

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  plaza::tap_ingest::FuzzBatch({data, size});
  // Whatever a damaged store holds must not break the readers.
  const std::string_view text = plaza::AsText({data, size});
  static_cast<void>(plaza::tap_ingest::DecodeBatch(text));
  static_cast<void>(plaza::tap_ingest::DecodeHashes(text));
  static_cast<void>(plaza::tap_ingest::SequenceWindow::Decode(1'000'000, text));
  return 0;
}
