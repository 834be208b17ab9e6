#include "tests/contract/store/backend.h"
#include "tests/support/temp_folder.h"

namespace plaza::store::contract {
namespace {

class SqliteBackend : public Backend {
 public:
  Result<std::unique_ptr<Db>> Open(bool read_only) override {
    Options options;
    options.path = (folder_.path() / "store.db").string();
    options.read_only = read_only;
    return Db::Open(options);
  }

 private:
  testing::TempFolder folder_;
};

}  // namespace

std::vector<BackendFactory> Backends() {
  return {{"sqlite", [] { return std::make_unique<SqliteBackend>(); }}};
}

}  // namespace plaza::store::contract
