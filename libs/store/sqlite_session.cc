// Sessions on SQLite through SOCI, which is included here only: its SQLite back end wraps sqlite3.h
// in a namespace.

#include <algorithm>
#include <deque>
#include <optional>
#include <unordered_map>

#include "libs/store/errors.h"
#include "libs/store/limits.h"
#include "libs/store/session.h"
#include "libs/store/statement_text.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wshadow"
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#pragma GCC diagnostic pop

namespace plaza::store {
namespace {

using sqlite_api::sqlite3_extended_errcode;

// Result codes: https://www.sqlite.org/rescode.html. The low byte is the primary code.
constexpr int Primary(int code) { return code & 0xFF; }

bool IsFailedWrite(int extended) {
  switch (extended) {
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_FSTAT:
    case SQLITE_IOERR_ACCESS:
    case SQLITE_IOERR_NOMEM:
      return false;
    default:
      return true;
  }
}

DbFailure Classify(int code, int extended, const std::string& message, const std::string& path,
                   std::string_view sql) {
  auto error = [&](const ErrorKind& kind) { return Error(kind, message, path); };
  switch (Primary(code)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return DbFailure(error(kStoreBusy), /*transient=*/true);
    case SQLITE_FULL:
      return DbFailure(error(kStoreFull));
    case SQLITE_IOERR:
      return DbFailure(error(IsFailedWrite(extended) ? kStoreFull : kStoreUnavailable));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return DbFailure(error(kStoreDamaged));
    case SQLITE_READONLY:
      return DbFailure(error(kStoreReadOnly));
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return DbFailure(error(kStoreUnavailable));
    case SQLITE_CONSTRAINT:
      return DbFailure(Error(kStoreConstraint, message + " in \"" + std::string(sql) + "\"", path));
    default:
      return DbFailure(Error(kStoreSql, message + " in \"" + std::string(sql) + "\"", path));
  }
}

char KindOf(const Value& value) {
  constexpr char kinds[] = {'n', 'i', 't', 'b'};
  return kinds[value.index()];
}

// A parameter's stable place: SOCI binds to it once, each execution only fills it.
struct Slot {
  std::string name;
  char kind;
  soci::indicator indicator = soci::i_null;
  long long integer = 0;
  std::string text;
  std::optional<soci::blob> blob;

  bool Takes(const Param& param) const {
    const char other = KindOf(param.value);
    return param.name == name && (other == 'n' || other == kind);
  }
  void Fill(const Value& value) {
    indicator = soci::i_ok;
    switch (KindOf(value)) {
      case 'i':
        integer = std::get<std::int64_t>(value);
        break;
      case 't':
        text = std::get<std::string>(value);
        break;
      case 'b': {
        const std::string& bytes = std::get<Blob>(value).bytes;
        blob->trim(0);
        blob->append(bytes.data(), bytes.size());
        break;
      }
      default:
        indicator = soci::i_null;
    }
  }
};

// A column's stable place.
struct Column {
  char kind;
  soci::indicator indicator = soci::i_null;
  long long integer = 0;
  std::string text;  // octets too: SOCI keeps their length
};

struct Prepared {
  explicit Prepared(soci::session& session) : statement(session) {}
  std::deque<Slot> slots;
  std::deque<Column> columns;
  soci::statement statement;  // after the places that it is bound to
  std::string shape;
  bool in_use = false;

  bool Takes(std::span<const Param> params, Shape wanted) const {
    if (in_use || shape != wanted || slots.size() != params.size()) return false;
    for (std::size_t i = 0; i < params.size(); ++i) {
      if (!slots[i].Takes(params[i])) return false;
    }
    return true;
  }
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

// A statement that fails, or whose query is left early, is not trusted again: it may hold its lock.
class Use {
 public:
  Use(Prepared& prepared, bool& tainted) : prepared_(&prepared), tainted_(&tainted) {
    prepared.in_use = true;
  }
  ~Use() {
    prepared_->in_use = !done_;
    if (!done_) *tainted_ = true;
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  void Done() { done_ = true; }

 private:
  Prepared* prepared_;
  bool* tainted_;
  bool done_ = false;
};

class SqliteSession : public Session {
 public:
  SqliteSession(const Options& options, SessionKind kind);
  void Begin(bool wait_for_disk) override;
  void Commit() override;
  void Rollback() noexcept override;
  void Lock(std::string_view) override {}  // who writes is alone
  std::int64_t Exec(std::string_view sql, std::span<const Param> params) override;
  void Query(std::string_view sql, std::span<const Param> params, Shape shape,
             const std::function<void(const Row&)>& each) override;
  void BulkInsert(std::string_view table, std::span<const std::string_view> columns,
                  std::span<const std::vector<Value>> rows) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct SqliteSession::Impl {
  std::string path;
  SessionKind kind;
  bool sync_full = true;
  bool waits_for_disk = true;
  soci::session sql;
  std::unordered_map<std::string, std::vector<std::unique_ptr<Prepared>>, TextHash, std::equal_to<>>
      cache;
  std::size_t cached = 0;
  int depth = 0;  // of queries that are under way
  bool tainted =
      false;  // a statement was left unfinished: drop them all before the transaction ends

  sqlite_api::sqlite3* handle() {
    auto* backend = static_cast<soci::sqlite3_session_backend*>(sql.get_backend());
    return backend == nullptr ? nullptr : backend->conn_;
  }

  [[noreturn]] void Fail(const soci::soci_error& error, std::string_view text) {
    tainted = true;
    // Not error.what(): it names the parameters' values, which must not get into a log.
    const std::string message = error.get_error_message();
    const auto* coded = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
    sqlite_api::sqlite3* connection = handle();
    const int extended = connection == nullptr ? 0 : sqlite3_extended_errcode(connection);
    const int code = coded != nullptr ? coded->result() : SQLITE_ERROR;
    const int best = Primary(code) == SQLITE_ERROR && extended != SQLITE_OK ? extended : code;
    throw Classify(best, extended, message, path, text);
  }

  void Simple(const std::string& text) {
    try {
      sql.once << text;
    } catch (const soci::soci_error& error) {
      Fail(error, text);
    }
  }

  void DropStatements() {
    cache.clear();
    cached = 0;
    tainted = false;
  }

  std::unique_ptr<Prepared> Prepare(std::string_view text, std::span<const Param> params,
                                    Shape shape) {
    CheckParameters(text, params);
    auto prepared = std::make_unique<Prepared>(sql);
    prepared->shape = shape;
    prepared->statement.alloc();
    for (const Param& param : params) {
      Slot& slot = prepared->slots.emplace_back();
      slot.name = param.name;
      slot.kind = KindOf(param.value);
      if (slot.kind == 'i') {
        prepared->statement.exchange(soci::use(slot.integer, slot.indicator, slot.name));
      } else if (slot.kind == 'b') {
        slot.blob.emplace(sql);
        prepared->statement.exchange(soci::use(*slot.blob, slot.indicator, slot.name));
      } else {
        prepared->statement.exchange(soci::use(slot.text, slot.indicator, slot.name));
      }
    }
    for (const char letter : shape) {
      PLAZA_CHECK(letter == 'i' || letter == 't' || letter == 'b');
      Column& column = prepared->columns.emplace_back();
      column.kind = letter;
      if (letter == 'i') {
        prepared->statement.exchange(soci::into(column.integer, column.indicator));
      } else {
        prepared->statement.exchange(soci::into(column.text, column.indicator));
      }
    }
    prepared->statement.prepare(std::string(text));
    prepared->statement.define_and_bind();
    return prepared;
  }

  // A parameter that is not given would be NULL, one too many would be ignored: both are bugs.
  void CheckParameters(std::string_view text, std::span<const Param> params) {
    const std::vector<std::string> names = ParameterNames(text);
    bool same = names.size() == params.size();
    for (const Param& param : params) {
      same = same && std::find(names.begin(), names.end(), param.name) != names.end();
    }
    if (same) return;
    tainted = true;
    throw DbFailure(Error(
        kStoreSql, "parameters given do not match those of \"" + std::string(text) + "\"", path));
  }

  Prepared& Find(std::string_view text, std::span<const Param> params, Shape shape) {
    auto found = cache.find(text);
    if (found != cache.end()) {
      for (const auto& prepared : found->second) {
        if (prepared->Takes(params, shape)) return *prepared;
      }
    }
    const bool crowded = found != cache.end() && found->second.size() >= kVariantsPerStatementMax;
    if ((crowded || cached >= kStatementsPerSessionMax) && depth == 0) {
      DropStatements();
      found = cache.end();
    }
    std::unique_ptr<Prepared> prepared;
    try {
      prepared = Prepare(text, params, shape);
    } catch (const soci::soci_error& error) {
      Fail(error, text);
    }
    if (found == cache.end()) found = cache.try_emplace(std::string(text)).first;
    ++cached;
    return *found->second.emplace_back(std::move(prepared));
  }
};

SqliteSession::SqliteSession(const Options& options, SessionKind kind)
    : impl_(std::make_unique<Impl>()) {
  impl_->path = options.path;
  impl_->kind = kind;
  impl_->sync_full = options.sync_full;
  if (options.path.empty() || options.path.find('"') != std::string::npos) {
    throw DbFailure(Error(kStoreUnavailable, "not a usable path", options.path));
  }
  const bool read_only = options.read_only;
  try {
    impl_->sql.open(soci::sqlite3,
                    "db=\"" + options.path + "\"" + (read_only ? " readonly=true" : ""));
  } catch (const soci::soci_error& error) {
    throw DbFailure(Error(kStoreUnavailable, error.get_error_message(), options.path));
  }
  impl_->Simple("PRAGMA busy_timeout=" + std::to_string(options.busy_timeout_ms));
  if (kind == SessionKind::kWriter) {
    impl_->Simple("PRAGMA journal_mode=WAL");
    impl_->Simple(std::string("PRAGMA synchronous=") + (options.sync_full ? "FULL" : "OFF"));
    impl_->Simple("PRAGMA wal_autocheckpoint=" + std::to_string(kCheckpointPages));
    impl_->Simple("PRAGMA journal_size_limit=" + std::to_string(kWalBytesKept));
    impl_->Simple("PRAGMA foreign_keys=ON");  // PostgreSQL always does
  } else {
    impl_->Simple("SELECT count(*) FROM sqlite_master");  // finds what is not a database now
    impl_->Simple("PRAGMA query_only=ON");
  }
  impl_->Simple("PRAGMA cache_size=-" + std::to_string(kCacheKib));
}

// NORMAL never harms a database in WAL mode: only the last commits may be missing after a power cut
// (https://www.sqlite.org/pragma.html#pragma_synchronous). Here, and not after the commit that did
// not wait: should this fail, nothing is begun that would be taken for durable.
void SqliteSession::Begin(bool wait_for_disk) {
  if (impl_->kind == SessionKind::kReader) {
    impl_->Simple("BEGIN");
    return;
  }
  if (impl_->sync_full && wait_for_disk != impl_->waits_for_disk) {
    impl_->Simple(wait_for_disk ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    impl_->waits_for_disk = wait_for_disk;
  }
  impl_->Simple("BEGIN IMMEDIATE");
}

void SqliteSession::Commit() {
  if (impl_->tainted) impl_->DropStatements();
  impl_->Simple("COMMIT");
}

void SqliteSession::Rollback() noexcept {
  if (impl_->tainted) impl_->DropStatements();
  try {
    impl_->sql.once << "ROLLBACK";
  } catch (const soci::soci_error&) {
    // After some failures SQLite has rolled back by itself: then there is nothing to roll back.
  }
}

std::int64_t SqliteSession::Exec(std::string_view sql, std::span<const Param> params) {
  Prepared& prepared = impl_->Find(sql, params, {});
  Use use(prepared, impl_->tainted);
  for (std::size_t i = 0; i < params.size(); ++i) prepared.slots[i].Fill(params[i].value);
  try {
    prepared.statement.execute(/*withDataExchange=*/true);
    use.Done();
    return prepared.statement.get_affected_rows();
  } catch (const soci::soci_error& error) {
    impl_->Fail(error, sql);
  }
}

void SqliteSession::Query(std::string_view sql, std::span<const Param> params, Shape shape,
                          const std::function<void(const Row&)>& each) {
  Prepared& prepared = impl_->Find(sql, params, shape);
  Use use(prepared, impl_->tainted);
  for (std::size_t i = 0; i < params.size(); ++i) prepared.slots[i].Fill(params[i].value);
  Row row(std::vector<Value>(shape.size()));
  struct Depth {
    int& value;
    explicit Depth(int& v) : value(v) { ++value; }
    ~Depth() { --value; }
  } depth(impl_->depth);
  try {
    prepared.statement.execute();
    while (prepared.statement.fetch()) {
      for (std::size_t i = 0; i < shape.size(); ++i) {
        Column& column = prepared.columns[i];
        Value& value = ValueOf(row, i);
        if (column.indicator == soci::i_null) {
          value = std::monostate{};
        } else if (column.kind == 'i') {
          value = std::int64_t{column.integer};
        } else if (column.kind == 't') {
          value = std::move(column.text);
        } else {
          value = Blob{std::move(column.text)};
        }
      }
      each(row);
    }
    use.Done();
  } catch (const soci::soci_error& error) {
    impl_->Fail(error, sql);
  }
}

void SqliteSession::BulkInsert(std::string_view table, std::span<const std::string_view> columns,
                               std::span<const std::vector<Value>> rows) {
  if (rows.empty()) return;
  std::string text = "INSERT INTO " + std::string(table) + " (";
  std::string values;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::string(columns[i]);
    values += (i == 0 ? ":" : ", :") + std::string(columns[i]);
  }
  text += ") VALUES (" + values + ")";
  std::vector<Param> params(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) params[i].name = columns[i];
  Prepared* prepared = nullptr;
  for (const std::vector<Value>& row : rows) {
    PLAZA_CHECK(row.size() == columns.size());
    bool fits = prepared != nullptr;
    for (std::size_t i = 0; fits && i < row.size(); ++i) {
      const char kind = KindOf(row[i]);
      fits = kind == 'n' || kind == prepared->slots[i].kind;
    }
    if (!fits) {
      for (std::size_t i = 0; i < row.size(); ++i) params[i].value = row[i];
      prepared = &impl_->Find(text, params, {});
    }
    Use use(*prepared, impl_->tainted);
    for (std::size_t i = 0; i < row.size(); ++i) prepared->slots[i].Fill(row[i]);
    try {
      prepared->statement.execute(/*withDataExchange=*/true);
    } catch (const soci::soci_error& error) {
      impl_->Fail(error, text);
    }
    use.Done();
  }
}

}  // namespace

std::unique_ptr<Session> MakeSqliteSession(const Options& options, SessionKind kind) {
  return std::make_unique<SqliteSession>(options, kind);
}

}  // namespace plaza::store
