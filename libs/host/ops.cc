#include "libs/host/ops.h"

namespace plaza::host {

ops::v1::GetProgressResponse Ops::Snapshot() const {
  ops::v1::GetProgressResponse response;
  bool idle = true;
  for (const eventlog::Participant* participant : participants_) {
    const eventlog::ConsumerProgress progress = participant->Progress();
    auto* row = response.add_consumers();
    row->set_consumer(participant->name());
    row->set_lag(progress.lag);
    row->set_handled(progress.handled);
    row->set_dead_lettered(progress.dead_lettered);
    const std::int64_t pending = participant->OutboxPending();
    response.set_outbox_rows(response.outbox_rows() + pending);
    if (!progress.last_error.empty()) {
      response.set_last_error(participant->name() + ": " + progress.last_error);
    }
    idle = idle && progress.lag == 0 && pending == 0;
  }
  response.set_idle(idle);
  return response;
}

// A fact on its way from one consumer's outbox to the next consumer may be seen by neither of two
// looks at different participants. It is found by looking again: whoever moved it has handled more
// by then.
ops::v1::GetProgressResponse Ops::Progress() const {
  const ops::v1::GetProgressResponse first = Snapshot();
  if (!first.idle()) return first;
  ops::v1::GetProgressResponse second = Snapshot();
  for (int i = 0; i < second.consumers_size(); ++i) {
    if (second.consumers(i).handled() != first.consumers(i).handled()) second.set_idle(false);
  }
  return second;
}

void Ops::Register(rpc::Server& server) {
  server.Handle<ops::v1::GetProgressRequest, ops::v1::GetProgressResponse>(
      "plaza.ops.v1.Ops", "GetProgress", {{"admin"}},
      [this](rpc::Ctx&, const ops::v1::GetProgressRequest&)
          -> Result<ops::v1::GetProgressResponse> { return Progress(); });
}

}  // namespace plaza::host
