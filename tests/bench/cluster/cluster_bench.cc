// What PostgreSQL and Kafka cost through our libraries, against the bare clients in the same run:
// one JSON line each.
#include <libpq-fe.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "apps/plaza/servers/kafka.h"
#include "apps/plaza/servers/postgres.h"
#include "libs/eventlog/kafka_log.h"
#include "libs/store/db.h"
#include "tests/support/temp_folder.h"

namespace plaza::bench {
namespace {

using store::Blob;
using store::Value;

constexpr int kBatches = 40;
constexpr int kRowsPerBatch = 2500;
constexpr int kRows = kBatches * kRowsPerBatch;
constexpr int kUpserts = 50'000;
constexpr int kUpsertedRows = 5'000;

template <class Body>
double Seconds(Body&& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void Print(const char* name, const char* unit, double count, double ours, double floor) {
  std::printf("{\"name\":\"%s\",\"value\":%.0f,\"unit\":\"%s\",\"floor\":%.0f,\"ratio\":%.2f}\n",
              name, count / ours, unit, count / floor, floor / ours);
}

// A ledger's shape: a key of two numbers, an index with random keys, hashes and texts.
std::string Table(const std::string& name) {
  return "CREATE TABLE " + name +
         " (shard BIGINT NOT NULL, seq BIGINT NOT NULL, day TEXT NOT NULL, id BYTEA NOT NULL, "
         "debit TEXT NOT NULL, credit TEXT NOT NULL, amount BIGINT NOT NULL, hash BYTEA NOT NULL, "
         "PRIMARY KEY (shard, seq));\nCREATE UNIQUE INDEX " +
         name + "_id ON " + name + " (id)";
}
constexpr std::string_view kColumns[] = {"shard", "seq",    "day",    "id",
                                         "debit", "credit", "amount", "hash"};

std::vector<Value> Row(std::int64_t n) {
  std::uint64_t mixed = static_cast<std::uint64_t>(n + 1) * 0x9E3779B97F4A7C15U;
  std::string id;
  for (int i = 0; i < 16; ++i, mixed = mixed << 7 | mixed >> 57) {
    id.push_back(static_cast<char>(mixed & 0xFF));
  }
  return {n % 16,
          n / 16,
          std::string("2026-11-23"),
          Blob{id},
          std::string("card_receivable"),
          std::string("operator_payable:SITEUR"),
          std::int64_t{1100},
          Blob{std::string(32, 'h')}};
}

// One batch as COPY's binary form wants it, made before the clock runs.
std::string Encoded(int batch) {
  std::string out("PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0", 19);
  const auto big = [&](std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out.push_back(static_cast<char>(value >> shift & 0xFF));
    }
  };
  for (int i = 0; i < kRowsPerBatch; ++i) {
    big(std::size(kColumns), 2);
    for (const Value& value : Row(batch * kRowsPerBatch + i)) {
      if (const auto* number = std::get_if<std::int64_t>(&value)) {
        big(8, 4);
        big(static_cast<std::uint64_t>(*number), 8);
        continue;
      }
      const auto* text = std::get_if<std::string>(&value);
      const std::string& bytes = text != nullptr ? *text : std::get<Blob>(value).bytes;
      big(bytes.size(), 4);
      out += bytes;
    }
  }
  big(0xFFFF, 2);
  return out;
}

void Must(PGconn* connection, PGresult* result, ExecStatusType wanted) {
  if (PQresultStatus(result) != wanted) std::fprintf(stderr, "%s\n", PQerrorMessage(connection));
  PLAZA_CHECK(PQresultStatus(result) == wanted);
  PQclear(result);
}

void BenchPostgres(const std::filesystem::path& folder) {
  servers::PostgresOptions options;
  options.folder = folder / "postgres";
  options.temporary = true;
  const auto server = servers::Postgres::Start(options).value();
  const std::string conninfo = server->MakeDatabase("bench", "secret").value();
  store::Options store;
  store.postgres = conninfo;
  const auto db = store::Db::Open(store).value();
  const std::vector<store::Migration> tables{{1, "tables", Table("ours") + ";\n" + Table("bare")}};
  PLAZA_CHECK(db->Migrate("bench", tables).ok());

  std::vector<std::string> encoded;
  std::vector<std::vector<std::vector<Value>>> batches;
  for (int batch = 0; batch < kBatches; ++batch) {
    encoded.push_back(Encoded(batch));
    auto& rows = batches.emplace_back();
    for (int i = 0; i < kRowsPerBatch; ++i) rows.push_back(Row(batch * kRowsPerBatch + i));
  }
  PGconn* const bare = PQconnectdb(conninfo.c_str());
  // In turns, so that both meet the same machine.
  double floor = 0;
  double ours = 0;
  for (int batch = 0; batch < kBatches; ++batch) {
    floor += Seconds([&] {
      Must(bare, PQexec(bare, "BEGIN"), PGRES_COMMAND_OK);
      Must(bare, PQexec(bare, "COPY bare FROM STDIN WITH (FORMAT binary)"), PGRES_COPY_IN);
      const std::string& data = encoded[static_cast<std::size_t>(batch)];
      PLAZA_CHECK(PQputCopyData(bare, data.data(), static_cast<int>(data.size())) == 1);
      PLAZA_CHECK(PQputCopyEnd(bare, nullptr) == 1);
      Must(bare, PQgetResult(bare), PGRES_COMMAND_OK);
      PLAZA_CHECK(PQgetResult(bare) == nullptr);
      Must(bare, PQexec(bare, "COMMIT"), PGRES_COMMAND_OK);
    });
    ours += Seconds([&] {
      const auto done = db->Write([&](store::Tx& tx) -> Result<void> {
        tx.BulkInsert("ours", kColumns, batches[static_cast<std::size_t>(batch)]);
        return {};
      });
      PLAZA_CHECK(done.ok());
    });
  }
  PQfinish(bare);
  Print("store.postgres_bulk", "rows/s", kRows, ours, floor);
}

// Rows that are written over and over, as accounts are: Tx::ExecLater against Tx::Exec.
void BenchUpserts(const std::filesystem::path& folder) {
  servers::PostgresOptions options;
  options.folder = folder / "upserts";
  options.temporary = true;
  const auto server = servers::Postgres::Start(options).value();
  store::Options store;
  store.postgres = server->MakeDatabase("bench", "secret").value();
  const auto db = store::Db::Open(store).value();
  const std::vector<store::Migration> tables{
      {1, "accounts",
       "CREATE TABLE accounts (id BYTEA NOT NULL PRIMARY KEY, state BYTEA NOT NULL)"}};
  PLAZA_CHECK(db->Migrate("bench", tables).ok());
  constexpr int kPerTransaction = 500;
  const auto write = [&](int batch, bool later) {
    const auto done = db->Write([&](store::Tx& tx) -> Result<void> {
      for (int i = 0; i < kPerTransaction; ++i) {
        const std::vector<Value> row = Row((batch * kPerTransaction + i) % kUpsertedRows);
        const store::Param params[] = {{"id", row[3]}, {"state", Blob{std::string(300, 's')}}};
        constexpr std::string_view kSql =
            "INSERT INTO accounts (id, state) VALUES (:id, :state) ON CONFLICT (id) DO UPDATE SET "
            "state = excluded.state";
        later ? tx.ExecLater(kSql, params) : static_cast<void>(tx.Exec(kSql, params));
      }
      return {};
    });
    PLAZA_CHECK(done.ok());
  };
  double floor = 0;
  double ours = 0;
  for (int batch = 0; batch < kUpserts / kPerTransaction; ++batch) {
    floor += Seconds([&] { write(batch, /*later=*/false); });
    ours += Seconds([&] { write(batch, /*later=*/true); });
  }
  Print("store.postgres_exec_later", "rows/s", kUpserts, ours, floor);
}

constexpr int kAppends = 400;
constexpr int kPerAppend = 500;
constexpr int kRecords = kAppends * kPerAppend;
constexpr std::size_t kValueBytes = 300;  // about a TapRecorded

rd_kafka_t* Bare(rd_kafka_type_t type, const std::string& brokers,
                 const std::vector<std::pair<const char*, const char*>>& settings) {
  char why[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  PLAZA_CHECK(rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), why, sizeof(why)) ==
              RD_KAFKA_CONF_OK);
  for (const auto& [name, value] : settings) {
    PLAZA_CHECK(rd_kafka_conf_set(conf, name, value, why, sizeof(why)) == RD_KAFKA_CONF_OK);
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, why, sizeof(why));
  PLAZA_CHECK(client != nullptr);
  return client;
}

// Else librdkafka learns a second later who leads the topic, and the floor would be that second.
void LearnLeader(rd_kafka_t* client, rd_kafka_topic_t* topic) {
  const struct rd_kafka_metadata* metadata = nullptr;
  PLAZA_CHECK(rd_kafka_metadata(client, 0, topic, &metadata, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_metadata_destroy(metadata);
}

// The floor: hand over everything, wait once; read everything.
void BareHop(const std::string& brokers, const std::string& name, int records) {
  rd_kafka_t* producer = Bare(RD_KAFKA_PRODUCER, brokers,
                              {{"enable.idempotence", "true"},
                               {"compression.codec", "lz4"},
                               {"linger.ms", "1"},
                               {"queue.buffering.max.messages", "1000000"}});
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer, name.c_str(), nullptr);
  LearnLeader(producer, topic);
  const std::string value(kValueBytes, 'v');
  const std::string key(16, 'k');
  for (int i = 0; i < records; ++i) {
    while (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()),
                            value.size(), key.data(), key.size(), nullptr) != 0) {
      rd_kafka_poll(producer, 1);
    }
    if (i % kPerAppend == 0) rd_kafka_poll(producer, 0);
  }
  PLAZA_CHECK(rd_kafka_flush(producer, 60'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(producer);

  rd_kafka_t* consumer = Bare(RD_KAFKA_CONSUMER, brokers, {{"fetch.wait.max.ms", "50"}});
  topic = rd_kafka_topic_new(consumer, name.c_str(), nullptr);
  LearnLeader(consumer, topic);
  PLAZA_CHECK(rd_kafka_consume_start(topic, 0, 0) == 0);
  std::int64_t low = 0;
  std::int64_t high = 0;
  for (int i = 0; i < 2; ++i) {  // wakes the connection, as our log does
    rd_kafka_query_watermark_offsets(consumer, name.c_str(), 0, &low, &high, 1000);
  }
  int count = 0;
  while (count < records) {
    rd_kafka_message_t* message = rd_kafka_consume(topic, 0, 1000);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++count;
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consume_stop(topic, 0);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(consumer);
}

void OurHop(const std::string& brokers, const std::string& name, int wanted) {
  const auto log =
      eventlog::OpenKafkaLog({.brokers = brokers, .client_id = "", .prefix = "", .replication = 1})
          .value();
  const std::vector<eventlog::Record> records(
      kPerAppend, {std::string(16, 'k'), std::string(kValueBytes, 'v')});
  // Four relays at a time, as four services would.
  std::vector<std::thread> relays;
  for (int t = 0; t < 4; ++t) {
    relays.emplace_back([&] {
      const eventlog::AppendBatch batch{{name, 0}, records};
      for (int i = 0; i < wanted / kPerAppend / 4; ++i) PLAZA_CHECK(log->Append({&batch, 1}).ok());
    });
  }
  for (std::thread& relay : relays) relay.join();
  std::int64_t offset = 0;
  while (offset < wanted) {
    const auto fetched = log->Fetch({name, 0}, offset, 2000, std::chrono::milliseconds(1000));
    PLAZA_CHECK(fetched.ok());
    offset += static_cast<std::int64_t>(fetched->size());
  }
}

void BenchKafka(const std::filesystem::path& folder) {
  const auto server = servers::Kafka::Start({.folder = folder / "kafka"}).value();
  {
    const auto log = eventlog::OpenKafkaLog(
        {.brokers = server->brokers(), .client_id = "", .prefix = "", .replication = 1});
    const eventlog::TopicSpec topics[] = {
        {"bare", 1}, {"ours", 1}, {"bare-first", 1}, {"ours-first", 1}};
    PLAZA_CHECK((*log)->CreateTopics(topics).ok());
  }
  // The broker's first producer waits for its coordinator, which is nobody's cost here.
  BareHop(server->brokers(), "bare-first", 4 * kPerAppend);
  OurHop(server->brokers(), "ours-first", 4 * kPerAppend);
  const double floor = Seconds([&] { BareHop(server->brokers(), "bare", kRecords); });
  const double ours = Seconds([&] { OurHop(server->brokers(), "ours", kRecords); });
  Print("eventlog.kafka_hop", "records/s", kRecords, ours, floor);
}

}  // namespace
}  // namespace plaza::bench

int main() {
  const plaza::testing::TempFolder folder;
  plaza::bench::BenchPostgres(folder.path());
  plaza::bench::BenchUpserts(folder.path());
  plaza::bench::BenchKafka(folder.path());
}
