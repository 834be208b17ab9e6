#include "libs/emv/oda/issuer_key_cache.h"

namespace plaza::emv {
namespace {

void AppendPart(std::string& key, ByteView part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  key.append(reinterpret_cast<const char*>(&size), sizeof size);
  key.append(AsText(part));
}

std::string CacheKey(const CaKey& ca, const CertificateParts* parts) {
  std::string key;
  key.reserve(1024);
  AppendPart(key, ca.modulus);
  AppendPart(key, ca.exponent);
  if (parts != nullptr) {
    AppendPart(key, parts->certificate);
    AppendPart(key, parts->remainder.value_or(ByteView{}));
    AppendPart(key, parts->exponent);
  }
  return key;
}

}  // namespace

const RsaPublicKey* IssuerKeyCache::CaKeyOf(const CaKey& ca) {
  std::string id = CacheKey(ca, nullptr);
  const auto found = ca_keys_.find(id);
  if (found != ca_keys_.end()) return &found->second;
  auto key = RsaPublicKey::Make(ca.modulus, ca.exponent);
  if (!key.ok()) return nullptr;
  if (ca_keys_.size() == kIssuerKeysCachedMax) ca_keys_.clear();
  return &ca_keys_.emplace(std::move(id), std::move(key).value()).first->second;
}

const IssuerCertificate* IssuerKeyCache::Find(const CaKey& ca, const CertificateParts& parts) {
  const auto found = issuers_.find(CacheKey(ca, &parts));
  return found == issuers_.end() ? nullptr : &found->second;
}

const IssuerCertificate* IssuerKeyCache::Keep(const CaKey& ca, const CertificateParts& parts,
                                              IssuerCertificate certificate) {
  std::string id = CacheKey(ca, &parts);
  if (issuers_.size() == kIssuerKeysCachedMax) {
    issuers_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(id);
  return &issuers_.insert_or_assign(std::move(id), std::move(certificate)).first->second;
}

}  // namespace plaza::emv
