#include "services/vault/gateway/simulated_acquirer.h"

#include "libs/base/digest.h"
#include "services/vault/gateway/test_issuer.h"

namespace plaza::vault {
namespace {

constexpr std::uint64_t kRrnValues = 1'000'000'000'000;  // DE 37: 12 digits
constexpr std::size_t kApprovalChars = 6;                // DE 38

std::uint64_t Number(ByteView bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | bytes[i];
  return number;
}

// Both follow from the request's id, itself a digest.
std::string RrnOf(const Uuid& request) {
  const std::string digits = std::to_string(Number(request.bytes().first(8)) % kRrnValues);
  return std::string(12 - digits.size(), '0') + digits;
}

std::string ApprovalCodeOf(const Uuid& request) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::uint64_t number = Number(request.bytes().last(8));
  std::string code;
  while (code.size() < kApprovalChars) {
    code.push_back(kAlphabet[number % kAlphabet.size()]);
    number /= kAlphabet.size();
  }
  return code;
}

std::string DeclineCode(std::uint64_t draw) {
  const std::uint64_t percent = draw % 100;
  if (percent < 80) return "51";  // not sufficient funds
  if (percent < 92) return "05";  // do not honour
  if (percent < 97) return "14";  // no such card
  return "43";                    // stolen
}

}  // namespace

Verdict SimulatedAcquirer::Send(const AuthRequest& request, const CardData& card) const {
  const bool verification = request.purpose == Purpose::kVerification;
  const bool authorisation = request.purpose == Purpose::kAuthorisation;
  const Uuid& about = verification ? request.account.value() : request.aggregate.value();
  const std::string text = std::to_string(options_.seed) + "/" + about.ToText() + "/" +
                           std::to_string(request.attempt) + "/" +
                           std::string(PurposeName(request.purpose));
  const Sha256Digest draw = Sha256(AsBytes(text));
  std::int64_t limit = 0;
  if (authorisation) limit = options_.decline_basis_points;
  if (verification) limit = options_.verification_decline_basis_points;

  Verdict verdict;
  verdict.approved = static_cast<std::int64_t>(Number(ByteView(draw).first(8)) % 10'000) >= limit;
  verdict.response_code =
      verdict.approved ? "00" : DeclineCode(Number(ByteView(draw).subspan(8, 8)));
  if (verdict.approved) verdict.approval_code = ApprovalCodeOf(request.id);
  verdict.rrn = RrnOf(request.id);
  if (authorisation || (verification && options_.par_at_verification)) {
    verdict.par = TestIssuerPar(card.pan());
  }
  return verdict;
}

}  // namespace plaza::vault
