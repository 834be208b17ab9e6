// plaza-validator's inside: one gate, a reader, a display, and the uplink, each in its place.
//
// Two threads beside the caller's: one takes cards, one sends what the journal holds and fetches
// the deny list, for ever, since a tap-ingest that is away is a normal day. Lifecycle: Open → Start
// → Stop. Not thread-safe itself. It holds card data for the length of a tap: the program calls
// runtime::DisableCoreDumps() before.
#pragma once
#include <memory>
#include <string>

#include "apps/validator/config.h"
#include "apps/validator/display.h"
#include "libs/base/clock.h"

namespace plaza::validator {

class Daemon {
 public:
  // Opens journal and deny list, loads keys; `display` and `wall` outlive it. Errors of
  // gate_settings.h, of the gate, BAD_READER, BAD_FOLDER, BAD_TLS.
  static Result<std::unique_ptr<Daemon>> Open(const Config& config, Display& display,
                                              const Clock& wall);
  ~Daemon();
  Result<void> Start();  // HTTP, then both threads, then the running file. PORT_TAKEN, BAD_ADDRESS
  // Finishes a tap and a call that are under way, and begins none. Idempotent.
  void Stop();

  const std::string& reader_address() const;
  int http_port() const;

 private:
  Daemon();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::validator
