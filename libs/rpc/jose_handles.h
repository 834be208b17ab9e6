// RAII over cjose's objects. Internal to libs/rpc.
#pragma once
#include <memory>

#include <cjose/cjose.h>

namespace plaza::rpc {

struct JoseFreer {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
  void operator()(cjose_header_t* header) const { cjose_header_release(header); }
  void operator()(char* text) const { cjose_get_dealloc()(text); }
};
using JwkPtr = std::unique_ptr<cjose_jwk_t, JoseFreer>;
using JwsPtr = std::unique_ptr<cjose_jws_t, JoseFreer>;
using JoseHeaderPtr = std::unique_ptr<cjose_header_t, JoseFreer>;
using JoseText = std::unique_ptr<char, JoseFreer>;

}  // namespace plaza::rpc
