#include "tests/contract/eventlog/backend.h"
#include "tests/support/temp_folder.h"

namespace plaza::eventlog::contract {
namespace {

class EmbeddedBackend : public Backend {
 public:
  Result<Log*> Reopen() override {
    log_.reset();
    PLAZA_ASSIGN_OR_RETURN(log_, OpenEmbeddedLog({(folder_.path() / "log.db").string()}));
    return log_.get();
  }

 private:
  testing::TempFolder folder_;
  std::unique_ptr<Log> log_;
};

}  // namespace

std::vector<BackendFactory> Backends() {
  return {{"embedded", [] { return std::make_unique<EmbeddedBackend>(); }}};
}

}  // namespace plaza::eventlog::contract
