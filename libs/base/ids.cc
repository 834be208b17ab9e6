#include "libs/base/ids.h"

#include "libs/base/hex.h"

namespace plaza {
namespace id_space {
namespace {

// The URL namespace of RFC 9562, 6.6.
Uuid Of(std::string_view name) {
  static const Uuid url = Uuid::Parse("6ba7b811-9dad-11d1-80b4-00c04fd430c8").value();
  return Uuid::V5(url, "https://plaza.example/ids/" + std::string(name));
}

}  // namespace

Uuid Medium() {
  static const Uuid id = Of("medium");
  return id;
}
Uuid Account() {
  static const Uuid id = Of("account");
  return id;
}
Uuid Refused() {
  static const Uuid id = Of("refused");
  return id;
}
Uuid Aggregate() {
  static const Uuid id = Of("aggregate");
  return id;
}
Uuid Posting() {
  static const Uuid id = Of("posting");
  return id;
}
Uuid Request() {
  static const Uuid id = Of("request");
  return id;
}
Uuid Event() {
  static const Uuid id = Of("event");
  return id;
}
Uuid Trace() {
  static const Uuid id = Of("trace");
  return id;
}

}  // namespace id_space

MediumId MakeMediumId(std::uint32_t token_epoch, ByteView token) {
  return MediumId(Uuid::V5(id_space::Medium(), std::to_string(token_epoch) + "/" + ToHex(token)));
}

AccountId MakeAccountId(std::string_view par, const MediumId& medium) {
  const std::string name =
      par.empty() ? "medium/" + medium.value().ToText() : "par/" + std::string(par);
  return AccountId(Uuid::V5(id_space::Account(), name));
}

}  // namespace plaza
