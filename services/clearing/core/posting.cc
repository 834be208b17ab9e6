#include "services/clearing/core/posting.h"

namespace plaza::clearing {
namespace {

void Put(std::string& out, std::string_view field) {
  const auto size = static_cast<std::uint32_t>(field.size());
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((size >> shift) & 0xFFU));
  }
  out.append(field);
}

}  // namespace

Uuid OperatorKey(const OperatorId& id) {
  return Uuid::V5(id_space::Posting(), "operator/" + id.value());
}

std::string CanonicalBytes(std::int64_t seq, const Posting& p) {
  std::string out;
  out.reserve(320);
  Put(out, std::to_string(seq));
  Put(out, p.business_day.ToText());
  Put(out, p.kind);
  Put(out, AsText(p.id.bytes()));
  Put(out, p.reference);
  Put(out, p.leg_id);
  Put(out, p.operator_id);
  Put(out, AsText(p.account.bytes()));
  Put(out, p.debit);
  Put(out, p.credit);
  Put(out, p.amount.currency().code());
  Put(out, std::to_string(p.amount.amount_minor()));
  Put(out, std::to_string(p.event_time.unix_ms));
  return out;
}

Sha256Digest ChainHash(const Sha256Digest& previous, std::int64_t seq, const Posting& posting) {
  std::string bytes(AsText(previous));
  bytes += CanonicalBytes(seq, posting);
  return Sha256(AsBytes(bytes));
}

}  // namespace plaza::clearing
