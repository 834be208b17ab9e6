// Sessions on PostgreSQL through libpq: values in binary, bulk rows by COPY, failures by SQLSTATE
// (https://www.postgresql.org/docs/15/errcodes-appendix.html).
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_map>
#include <utility>

#include "libs/store/errors.h"
#include "libs/store/limits.h"
#include "libs/store/session.h"
#include "libs/store/statement_text.h"

namespace plaza::store {
namespace {

// Type ids of pg_type, which PostgreSQL never changes.
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kNumeric = 1700;

struct ResultFree {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, ResultFree>;
struct OptionsFree {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
struct ConnectionFree {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};

std::string OneLine(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

DbFailure Classify(std::string_view state, const std::string& message, std::string_view sql) {
  const auto is = [&](std::string_view prefix) { return state.starts_with(prefix); };
  const std::string where = "PostgreSQL";
  if (is("40001") || is("40P01") || is("55P03")) {  // serialisation, deadlock, lock_timeout
    return DbFailure(Error(kStoreBusy, message, where), /*transient=*/true);
  }
  if (is("57014")) return DbFailure(Error(kStoreBusy, message, where));  // statement_timeout
  if (is("53100")) return DbFailure(Error(kStoreFull, message, where));
  if (is("08") || is("53") || is("57P") || is("28") || is("3D") || state.empty()) {
    return DbFailure(Error(kStoreUnavailable, message, where));
  }
  if (is("25006")) return DbFailure(Error(kStoreReadOnly, message, where));
  if (is("XX001") || is("XX002") || is("58030")) {
    return DbFailure(Error(kStoreDamaged, message, where));
  }
  const ErrorKind& kind = is("23") ? kStoreConstraint : kStoreSql;
  return DbFailure(Error(kind, message + " in \"" + std::string(sql) + "\"", where));
}

void AppendBig(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xFF));
  }
}

std::int64_t ReadBig(const char* bytes, int count) {
  std::uint64_t value = bytes[0] < 0 ? ~std::uint64_t{0} : 0;  // two's complement
  for (int i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int64_t>(value);
}

// A sum of BIGINTs is NUMERIC: groups of four decimal digits after four 16-bit words (count, weight
// of the first group, sign, digits behind the point). nullopt: a fraction, or more than 64 bits.
std::optional<std::int64_t> ReadNumeric(const char* bytes) {
  const std::int64_t groups = ReadBig(bytes, 2);
  const std::int64_t weight = ReadBig(bytes + 2, 2);
  const std::int64_t sign = ReadBig(bytes + 4, 2) & 0xFFFF;
  if (sign != 0 && sign != 0x4000) return std::nullopt;  // not a number, or infinite
  std::int64_t value = 0;
  for (std::int64_t i = 0; i < std::max(groups, weight + 1); ++i) {
    const std::int64_t group = i < groups ? ReadBig(bytes + 8 + 2 * i, 2) : 0;
    if (i > weight) {
      if (group != 0) return std::nullopt;
      continue;
    }
    if (__builtin_mul_overflow(value, std::int64_t{10'000}, &value)) return std::nullopt;
    // Downwards if negative, so that the smallest number is reached too.
    if (__builtin_add_overflow(value, sign == 0 ? group : -group, &value)) return std::nullopt;
  }
  return value;
}

// `:name` becomes $n, in the order of `names`.
std::string WithNumbers(std::string_view sql, const std::vector<std::string>& names) {
  std::string out;
  std::size_t from = 0;
  for (const ParameterPlace& place : ParameterPlaces(sql)) {
    out += sql.substr(from, place.begin - from);
    const auto at = std::ranges::find(names, place.name);
    out += "$" + std::to_string(at - names.begin() + 1);
    from = place.end;
  }
  out += sql.substr(from);
  return out;
}

class PostgresSession : public Session {
 public:
  PostgresSession(const Options& options, SessionKind kind)
      : conninfo_(options.postgres), kind_(kind) {
    settings_ = "-c lock_timeout=" + std::to_string(options.busy_timeout_ms) +
                " -c statement_timeout=" + std::to_string(kStatementTimeoutMs) +
                " -c idle_in_transaction_session_timeout=" + std::to_string(kIdleInTxTimeoutMs) +
                (options.sync_full ? "" : " -c synchronous_commit=off");
    Connect();
  }

  void Begin(bool wait_for_disk) override {
    begun_ = false;
    if (PQstatus(connection_.get()) != CONNECTION_OK) Connect();
    std::string text = "BEGIN";
    if (kind_ == SessionKind::kReader) {
      text = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";  // a snapshot
    } else if (!wait_for_disk) {
      text = "BEGIN; SET LOCAL synchronous_commit TO off";
    }
    PgResult begun(PQexec(connection_.get(), text.c_str()));
    if (PQstatus(connection_.get()) == CONNECTION_BAD) {
      Connect();  // the server was started again, or ended this session, since the last time
      begun.reset(PQexec(connection_.get(), text.c_str()));
    }
    Check(begun.get(), text);
    begun_ = true;
  }

  void Commit() override {
    if (!later_.empty()) RunLater();
    const PgResult done(PQexec(connection_.get(), "COMMIT"));
    begun_ = false;
    if (PQstatus(connection_.get()) == CONNECTION_BAD) {
      throw DbFailure(Error(kind_ == SessionKind::kReader ? kStoreUnavailable : kCommitAmbiguous,
                            "the connection was lost in the commit", "PostgreSQL"));
    }
    Check(done.get(), "COMMIT");
    // A transaction in which a statement had failed is rolled back, and COMMIT says so only here.
    if (std::string_view(PQcmdStatus(done.get())) == "ROLLBACK") {
      throw DbFailure(
          Error(kStoreSql, "committed after a failure that was not handled", "PostgreSQL"));
    }
  }

  void Rollback() noexcept override {
    begun_ = false;
    later_.clear();
    later_bytes_ = 0;
    const PgResult done(PQexec(connection_.get(), "ROLLBACK"));
    // If that fails the connection is lost, and with it the transaction.
  }

  void Lock(std::string_view name) override {
    const Param param{"name", std::string(name)};
    Run("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))", {&param, 1});
  }

  std::int64_t Exec(std::string_view sql, std::span<const Param> params) override {
    const PgResult done = Run(sql, params);
    std::int64_t changed = 0;
    const std::string_view text = PQcmdTuples(done.get());
    std::from_chars(text.data(), text.data() + text.size(), changed);
    return changed;
  }

  void ExecLater(std::string_view sql, std::span<const Param> params) override {
    AddLater(sql, params);
    if (later_.size() >= kStatementsLaterMax || later_bytes_ >= kCopyBytes) RunLater();
  }

  void Query(std::string_view sql, std::span<const Param> params, Shape shape,
             const std::function<void(const Row&)>& each) override {
    const PgResult found = Run(sql, params);
    if (!shape.empty() && PQnfields(found.get()) != static_cast<int>(shape.size())) {
      throw DbFailure(Error(
          kStoreSql, "another number of columns than was said in \"" + std::string(sql) + "\""));
    }
    Row row(std::vector<Value>(shape.size()));
    const int rows = PQntuples(found.get());
    for (int at = 0; at < rows; ++at) {
      for (std::size_t column = 0; column < shape.size(); ++column) {
        Read(*found, at, static_cast<int>(column), shape[column], sql, ValueOf(row, column));
      }
      each(row);
    }
  }

  // COPY's binary form (https://www.postgresql.org/docs/15/sql-copy.html): a signature, then rows
  // of a field count and fields with their lengths.
  void BulkInsert(std::string_view table, std::span<const std::string_view> columns,
                  std::span<const std::vector<Value>> rows) override {
    if (rows.empty()) return;
    if (!later_.empty()) RunLater();
    std::string text = "COPY " + std::string(table) + " (";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      text += (i == 0 ? "" : ", ") + std::string(columns[i]);
    }
    text += ") FROM STDIN WITH (FORMAT binary)";
    const PgResult begun(PQexec(connection_.get(), text.c_str()));
    if (PQresultStatus(begun.get()) != PGRES_COPY_IN) Fail(begun.get(), text);
    std::string data("PGCOPY\n\xFF\r\n\0", 11);
    AppendBig(data, 0, 4);  // flags
    AppendBig(data, 0, 4);  // length of the header's extension
    for (const std::vector<Value>& row : rows) {
      PLAZA_CHECK(row.size() == columns.size());
      AppendBig(data, row.size(), 2);
      for (const Value& value : row) AppendField(data, value);
      if (data.size() >= kCopyBytes) Send(data, text);
    }
    AppendBig(data, 0xFFFF, 2);
    Send(data, text);
    if (PQputCopyEnd(connection_.get(), nullptr) != 1) Fail(nullptr, text);
    Finish(text);
  }

 private:
  static constexpr int kStatementTimeoutMs = 60'000;
  // A process that stands still in mid-transaction holds up the others for so long at most; less
  // than a transaction waits for a lock (busy_timeout_ms, and again kTransientRetriesMax times), so
  // that who starts in its place outlasts it.
  static constexpr int kIdleInTxTimeoutMs = 10'000;
  static constexpr std::size_t kCopyBytes = 1 << 20;

  struct Prepared {
    std::string name;
    std::vector<std::string> parameters;
  };

  void Connect() {
    connection_.reset();
    prepared_.clear();
    const std::unique_ptr<PQconninfoOption, OptionsFree> parsed(
        PQconninfoParse(conninfo_.c_str(), /*errmsg=*/nullptr));
    if (parsed == nullptr) {
      // libpq's own message quotes what it stumbled over, which may be a part of the password.
      throw DbFailure(Error(kStoreUnavailable,
                            "the conninfo is malformed: it wants name=value pairs, and quotes "
                            "around a value with blanks",
                            "PostgreSQL"));
    }
    std::string settings = settings_;
    std::vector<const char*> keys{"application_name", "connect_timeout"};
    std::vector<const char*> values{"plaza", "5"};
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
      if (option->val == nullptr) continue;
      if (std::string_view(option->keyword) == "options") {
        settings += " " + std::string(option->val);  // the operator's come last, and win
        continue;
      }
      keys.push_back(option->keyword);
      values.push_back(option->val);
    }
    keys.push_back("options");
    values.push_back(settings.c_str());
    keys.push_back(nullptr);
    values.push_back(nullptr);
    connection_.reset(PQconnectdbParams(keys.data(), values.data(), /*expand_dbname=*/0));
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
      const std::string message = OneLine(PQerrorMessage(connection_.get()));
      throw DbFailure(Error(kStoreUnavailable, message, "PostgreSQL"));
    }
    // The longer forms tell the key or the row that broke a constraint: a token, an account.
    PQsetErrorVerbosity(connection_.get(), PQERRORS_TERSE);
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
  }

  [[noreturn]] void Fail(const PGresult* result, std::string_view sql) {
    const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    std::string message = OneLine(result == nullptr ? PQerrorMessage(connection_.get())
                                                    : PQresultErrorMessage(result));
    if (PQstatus(connection_.get()) == CONNECTION_BAD) {
      if (message.empty()) message = OneLine(PQerrorMessage(connection_.get()));
      // Nothing was committed: with a new connection the body may run again.
      throw DbFailure(Error(kStoreUnavailable, message, "PostgreSQL"), /*transient=*/begun_);
    }
    throw Classify(state == nullptr ? "" : state, message, sql);
  }

  void Check(const PGresult* result, std::string_view sql) {
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) Fail(result, sql);
  }

  // Takes what is left of a COPY.
  void Finish(std::string_view sql) {
    PgResult first;
    while (PgResult next{PQgetResult(connection_.get())}) {
      if (first == nullptr) first = std::move(next);
    }
    Check(first.get(), sql);
  }

  void Send(std::string& data, std::string_view sql) {
    if (PQputCopyData(connection_.get(), data.data(), static_cast<int>(data.size())) != 1) {
      Finish(sql);  // says what the server did not like
      Fail(nullptr, sql);
    }
    data.clear();
  }

  static void AppendField(std::string& out, const Value& value) {
    if (std::holds_alternative<std::monostate>(value)) {
      AppendBig(out, 0xFFFFFFFF, 4);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      AppendBig(out, 8, 4);
      AppendBig(out, static_cast<std::uint64_t>(*integer), 8);
    } else {
      const auto* text = std::get_if<std::string>(&value);
      const std::string& bytes = text != nullptr ? *text : std::get<Blob>(value).bytes;
      AppendBig(out, bytes.size(), 4);
      out += bytes;
    }
  }

  // Prepared by text and by the types of its parameters; a NULL takes any type.
  const Prepared& Find(std::string_view sql, std::span<const Param> params) {
    std::string key(sql);
    for (const Param& param : params) key.push_back("nitb"[param.value.index()]);
    const auto found = prepared_.find(key);
    if (found != prepared_.end()) return found->second;
    Prepared prepared;
    prepared.parameters = ParameterNames(sql);
    bool same = prepared.parameters.size() == params.size();
    for (const Param& param : params) {
      same =
          same && std::ranges::find(prepared.parameters, param.name) != prepared.parameters.end();
    }
    if (!same) {
      throw DbFailure(Error(kStoreSql,
                            "parameters given do not match those of \"" + std::string(sql) + "\"",
                            "PostgreSQL"));
    }
    if (prepared_.size() >= kStatementsPerSessionMax) {
      if (!later_.empty()) RunLater();
      const PgResult dropped(PQexec(connection_.get(), "DEALLOCATE ALL"));
      Check(dropped.get(), "DEALLOCATE ALL");
      prepared_.clear();
    }
    std::vector<Oid> types;
    for (const std::string& name : prepared.parameters) {
      static constexpr Oid kTypes[] = {0, kInt8, kText, kBytea};
      const auto param = std::ranges::find(params, name, &Param::name);
      types.push_back(kTypes[param->value.index()]);
    }
    prepared.name = "s" + std::to_string(++statements_);
    const std::string text = WithNumbers(sql, prepared.parameters);
    const PgResult made(PQprepare(connection_.get(), prepared.name.c_str(), text.c_str(),
                                  static_cast<int>(types.size()), types.data()));
    Check(made.get(), sql);
    return prepared_.emplace(std::move(key), std::move(prepared)).first->second;
  }

  // A statement with its parameters as libpq takes them.
  struct Bound {
    std::string sql;       // as given
    std::string prepared;  // its name; empty: sql is sent as it is
    std::vector<std::string> bytes;
    std::vector<bool> nulls;
  };

  Bound Bind(std::string_view sql, std::span<const Param> params) {
    // What has no parameters may be what cannot be prepared, such as SAVEPOINT in a failed
    // transaction's ROLLBACK TO.
    if (params.empty() && ParameterNames(sql).empty()) return {std::string(sql), "", {}, {}};
    const Prepared& prepared = Find(sql, params);
    Bound bound{std::string(sql), prepared.name, {}, {}};
    for (const std::string& name : prepared.parameters) {
      const Value& value = std::ranges::find(params, name, &Param::name)->value;
      std::string& bytes = bound.bytes.emplace_back();
      bound.nulls.push_back(std::holds_alternative<std::monostate>(value));
      if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        AppendBig(bytes, static_cast<std::uint64_t>(*integer), 8);
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        bytes = *text;
      } else if (const auto* blob = std::get_if<Blob>(&value)) {
        bytes = blob->bytes;
      }
    }
    return bound;
  }

  void AddLater(std::string_view sql, std::span<const Param> params) {
    later_.push_back(Bind(sql, params));
    for (const std::string& bytes : later_.back().bytes) later_bytes_ += bytes.size();
  }

  PgResult Run(std::string_view sql, std::span<const Param> params) {
    AddLater(sql, params);
    return RunLater();
  }

  int SendStatement(const Bound& bound) {
    const std::size_t count = bound.bytes.size();
    std::vector<const char*> values(count);
    std::vector<int> lengths(count);
    const std::vector<int> formats(count, 1);
    for (std::size_t i = 0; i < count; ++i) {
      values[i] = bound.nulls[i] ? nullptr : bound.bytes[i].data();
      lengths[i] = static_cast<int>(bound.bytes[i].size());
    }
    if (bound.prepared.empty()) {
      return PQsendQueryParams(connection_.get(), bound.sql.c_str(), 0, nullptr, nullptr, nullptr,
                               nullptr, /*resultFormat=*/1);
    }
    return PQsendQueryPrepared(connection_.get(), bound.prepared.c_str(), static_cast<int>(count),
                               values.data(), lengths.data(), formats.data(), /*resultFormat=*/1);
  }

  // Sends what was put off in one go, and gives the result of the last; the first that fails is
  // thrown, and those behind it did not run
  // (https://www.postgresql.org/docs/15/libpq-pipeline-mode.html). Answers to so few statements fit
  // the socket's buffer, so that the two sides never wait for each other to read.
  PgResult RunLater() {
    const std::vector<Bound> statements = std::exchange(later_, {});
    later_bytes_ = 0;
    PGconn* const connection = connection_.get();
    bool sent = PQenterPipelineMode(connection) == 1;
    for (const Bound& bound : statements) sent = sent && SendStatement(bound) == 1;
    sent = sent && PQpipelineSync(connection) == 1;
    PgResult last;
    std::size_t at = 0;
    std::size_t failed = statements.size();
    while (sent) {
      PgResult next(PQgetResult(connection));
      if (next == nullptr) {  // the end of one statement's results
        if (PQstatus(connection) == CONNECTION_BAD) break;
        ++at;
        continue;
      }
      const ExecStatusType status = PQresultStatus(next.get());
      if (status == PGRES_PIPELINE_SYNC) break;
      if (failed < statements.size()) continue;
      if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) failed = at;
      last = std::move(next);
    }
    PQexitPipelineMode(connection);
    if (failed < statements.size()) Fail(last.get(), statements[failed].sql);
    if (!sent || PQstatus(connection) == CONNECTION_BAD) Fail(nullptr, statements.back().sql);
    return last;
  }

  static void Read(const PGresult& result, int row, int column, char letter, std::string_view sql,
                   Value& value) {
    if (PQgetisnull(&result, row, column) == 1) {
      value = std::monostate{};
      return;
    }
    const char* bytes = PQgetvalue(&result, row, column);
    const auto size = static_cast<std::size_t>(PQgetlength(&result, row, column));
    const Oid type = PQftype(&result, column);
    if (letter == 't') {
      value = std::string(bytes, size);
    } else if (letter == 'b') {
      value = Blob{std::string(bytes, size)};
    } else if (type == kInt8 || type == kInt4 || type == kInt2) {
      value = ReadBig(bytes, static_cast<int>(size));
    } else if (const auto number = type == kNumeric ? ReadNumeric(bytes) : std::nullopt) {
      value = *number;
    } else {
      throw DbFailure(Error(kStoreSql,
                            "column " + std::to_string(column + 1) + " is no 64-bit integer in \"" +
                                std::string(sql) + "\"",
                            "PostgreSQL"));
    }
  }

  const std::string conninfo_;
  const SessionKind kind_;
  std::string settings_;
  std::unique_ptr<PGconn, ConnectionFree> connection_;
  std::unordered_map<std::string, Prepared> prepared_;
  std::uint64_t statements_ = 0;
  std::vector<Bound> later_;
  std::size_t later_bytes_ = 0;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Session> MakePostgresSession(const Options& options, SessionKind kind) {
  return std::make_unique<PostgresSession>(options, kind);
}

}  // namespace plaza::store
