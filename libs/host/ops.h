// The ops door of a process: how far each of its consumers and relays is behind.
#pragma once
#include <vector>

#include "libs/eventlog/participant.h"
#include "libs/rpc/server.h"
#include "plaza/ops/v1/ops.pb.h"

namespace plaza::host {

// Thread-safe. The participants outlive it.
class Ops {
 public:
  explicit Ops(std::vector<eventlog::Participant*> participants)
      : participants_(std::move(participants)) {}
  void Register(rpc::Server& server);
  ops::v1::GetProgressResponse Progress() const;

 private:
  ops::v1::GetProgressResponse Snapshot() const;
  std::vector<eventlog::Participant*> participants_;
};

}  // namespace plaza::host
