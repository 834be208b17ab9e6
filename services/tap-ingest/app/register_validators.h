// The use case of RegisterValidator: all or none, and the same request twice is done once.
// Thread-safe.
//
// The mutex is held from before the transaction until the directory has what was committed, so the
// directory is never ahead of the store and never keeps an older place after a newer one.
// Registering is rare; taps never take this mutex.
#pragma once
#include <mutex>
#include <span>
#include <string>

#include "services/tap-ingest/app/directory.h"
#include "services/tap-ingest/app/ports.h"

namespace plaza::tap_ingest {

class ValidatorRegistrar {
 public:
  ValidatorRegistrar(Transactions& transactions, RegistryStore& store, Directory& directory)
      : transactions_(transactions), store_(store), directory_(directory) {}

  Result<void> Load();  // at the start
  // `request`: its octets, for the idempotency rule. BAD_VALIDATOR, BAD_REQUEST_ID,
  // REQUEST_ID_REUSED.
  Result<std::uint32_t> Register(std::string_view request_id, ByteView request,
                                 std::span<const Validator> validators);

 private:
  Transactions& transactions_;
  RegistryStore& store_;
  Directory& directory_;
  std::mutex mutex_;
};

}  // namespace plaza::tap_ingest
