// The use case of RegisterValidator: all or none, and the same request twice is done once.
// Thread-safe. The directory is told what the store has once that is committed; taps that were
// judged by an older version of the registry see it in their transaction (app/submit_taps.h), so
// that another process's changes count at once too.
#pragma once
#include <span>
#include <string>

#include "services/tap-ingest/app/directory.h"
#include "services/tap-ingest/app/ports.h"

namespace plaza::tap_ingest {

class ValidatorRegistrar {
 public:
  ValidatorRegistrar(Transactions& transactions, RegistryStore& store, Directory& directory)
      : transactions_(transactions), store_(store), directory_(directory) {}

  Result<void> Load();  // what is committed, into the directory
  // `request`: its octets, for the idempotency rule. BAD_VALIDATOR, BAD_REQUEST_ID,
  // REQUEST_ID_REUSED.
  Result<std::uint32_t> Register(std::string_view request_id, ByteView request,
                                 std::span<const Validator> validators);

 private:
  Transactions& transactions_;
  RegistryStore& store_;
  Directory& directory_;
};

}  // namespace plaza::tap_ingest
