// The bounds of libs/eventlog.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace plaza::eventlog {

inline constexpr std::size_t kRecordBytesMax = 1024 * 1024;  // of a value
inline constexpr std::size_t kKeyBytesMax = 1024;
inline constexpr std::size_t kBatchRecordsMax = 10'000;
inline constexpr std::size_t kAppendBatchesMax = 4096;  // in one Append
inline constexpr int kPartitionsMax = 1024;
inline constexpr std::size_t kTopicBytesMax = 200;

// One Fetch ends after the batch that fills this.
inline constexpr std::size_t kFetchBytesMax = 8 * 1024 * 1024;
// Recently appended batches kept in memory per log, so that consumers that keep up never touch the
// disk.
inline constexpr std::size_t kTailBytesMax = 32 * 1024 * 1024;
// Appends that share one commit.
inline constexpr int kAppendGroupMax = 64;

// Outbox: a row is closed once it holds this much; the relay carries at most so many rows and bytes
// at once.
inline constexpr std::size_t kOutboxRowBytesMax = 1024 * 1024;
inline constexpr std::int64_t kRelayRowsMax = 512;
inline constexpr std::int64_t kRelayBytesMax = 8 * 1024 * 1024;

// A dead letter carries its record's value up to here, so that it is itself a record.
inline constexpr std::size_t kDeadLetterValueBytesMax = kRecordBytesMax - 64 * 1024;
inline constexpr std::size_t kDeadLetterMessageBytesMax = 4096;

// Looks at a partition's end that BacklogAge keeps.
inline constexpr std::size_t kBacklogMarksMax = 1024;

// Back-off of the loops after a failure, doubled each time; and how long they wait when there is
// nothing to do.
inline constexpr std::chrono::milliseconds kBackoffFirst{5};
inline constexpr std::chrono::milliseconds kBackoffMax{1000};
inline constexpr std::chrono::milliseconds kIdleWaitMax{1000};

// Kafka: of one message with its key and frame; until a record that cannot be delivered is given
// up; of one question to the brokers; between looks at something that is about to be there.
inline constexpr std::size_t kKafkaMessageBytesMax = 2 * 1024 * 1024;
inline constexpr std::chrono::milliseconds kKafkaDeliveryTimeout{8'000};
inline constexpr std::chrono::milliseconds kKafkaCallTimeout{5'000};
inline constexpr std::chrono::milliseconds kKafkaPoll{20};
// How long a fetch waits for what is known to be there; the brokers may be away, and the loop that
// fetches wants to stop in time.
inline constexpr std::chrono::milliseconds kKafkaFetchTimeout{2'000};
inline constexpr std::chrono::milliseconds kKafkaPokeTimeout{200};
// Groups: how long a consumer waits for its assignment before it says so and waits again, and how
// long leaving may take.
inline constexpr std::chrono::milliseconds kKafkaJoinTimeout{15'000};
inline constexpr std::chrono::milliseconds kKafkaLeaveTimeout{1'000};

// Rows that one transaction of a purge removes from an embedded log, whose owner waits meanwhile.
inline constexpr std::int64_t kPurgeRowsMax = 500;

// RunUntilIdle gives up after so many rounds: a handler that feeds itself never ends.
inline constexpr int kIdleRoundsMax = 100'000;

}  // namespace plaza::eventlog
