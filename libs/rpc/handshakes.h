// Counts connections that did not come to be. gRPC tells of them in its log alone, so that is where
// they are counted; what gRPC says of errors goes into our log. Internal to libs/rpc. Thread-safe.
#pragma once
#include "libs/runtime/metrics.h"

namespace plaza::rpc {

// plaza_rpc_handshakes_failed_total{reason} of all servers of this process, in `metrics` from now
// on until Forget(); several registries may watch.
//   no_certificate    the peer had none, and no tokens are taken
//   bad_certificate   another CA's, expired, or not the key's
//   timeout           not done in time: a slow or silent peer
//   tls               not TLS, or no version or cipher that both know
//   closed            the peer went away meanwhile
class HandshakeWatch {
 public:
  explicit HandshakeWatch(runtime::Metrics& metrics);
  ~HandshakeWatch();
  HandshakeWatch(const HandshakeWatch&) = delete;
  HandshakeWatch& operator=(const HandshakeWatch&) = delete;

 private:
  runtime::Metrics* metrics_;
};

}  // namespace plaza::rpc
