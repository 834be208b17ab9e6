#include "services/vault/core/request.h"

namespace plaza::vault {

std::string_view PurposeName(Purpose purpose) {
  switch (purpose) {
    case Purpose::kVerification:
      return "verification";
    case Purpose::kAuthorisation:
      return "authorisation";
    case Purpose::kCapture:
      return "capture";
    case Purpose::kRefund:
      return "refund";
    case Purpose::kReversal:
      return "reversal";
  }
  return "unknown";
}

Answer BuildAnswer(const AuthRequest& request, const Verdict& verdict) {
  Answer answer;
  answer.request = request.id;
  answer.account = request.account;
  answer.aggregate = request.aggregate;
  answer.attempt = request.attempt;
  answer.purpose = request.purpose;
  answer.amount = request.amount;
  answer.event_time = request.event_time;
  answer.approved = verdict.approved;
  answer.response_code = verdict.response_code;
  answer.approval_code = verdict.approved ? verdict.approval_code : std::string();
  answer.rrn = verdict.rrn;
  return answer;
}

Fingerprint FingerprintOf(const AuthRequest& request) {
  std::string text = request.aggregate.value().ToText();
  text += "/" + std::to_string(request.attempt);
  text += "/" + std::string(PurposeName(request.purpose));
  text += "/" + std::to_string(request.amount.amount_minor());
  text += "/" + std::string(request.amount.currency().code());
  return Sha256(AsBytes(text));
}

Step NextStep(const Fingerprint& request, const RequestHistory& history) {
  if (history.answered.has_value() && *history.answered != request) return Step::kRefuseConflict;
  if (history.answered.has_value()) return Step::kRepeatAnswer;
  if (history.parked.has_value() && *history.parked != request) return Step::kRefuseConflict;
  if (history.card_known) return Step::kAskAcquirer;
  return history.parked.has_value() ? Step::kKeepWaiting : Step::kPark;
}

}  // namespace plaza::vault
