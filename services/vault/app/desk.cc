#include "services/vault/app/desk.h"

#include "libs/emv/crypto/secret.h"
#include "services/vault/errors.h"

namespace plaza::vault {

Result<void> Desk::OnTap(const SealedTap& tap) {
  const std::optional<KnownCard> known = cards_.Find(tap.card);
  if (!known.has_value()) return Learn(tap);
  if (known->par.empty() && !tap.par.empty()) cards_.SetPar(tap.card, tap.par);
  return {};
}

Result<void> Desk::Learn(const SealedTap& tap) {
  if (tap.seal_scheme != emv::kSealSchemeAesGcm) {
    return Error(kUnknownSealScheme, "seal scheme " + std::to_string(tap.seal_scheme),
                 MakeTapId(ValidatorId(tap.validator_id), tap.sequence).value());
  }
  emv::Key256 data_key = emv::DeriveDataKey(data_base_, tap.validator_id);
  Result<Bytes> opened = emv::OpenSealed(data_key, tap.validator_id, tap.sequence, tap.sealed);
  emv::Zeroise(data_key);
  if (!opened.ok()) return opened.error();
  const emv::SecretBytes clear(std::move(*opened));
  PLAZA_ASSIGN_OR_RETURN(const CardData card, ParseCardData(clear.view()));

  const KnownCard known{tap.medium, tap.par};
  cards_.Add(tap.card, known, card, clear.view());
  ++counts_.cards_learned;
  for (const AuthRequest& request : requests_.Parked(tap.card)) {
    // A PAR that an earlier one of them told is known by now.
    Ask(request, cards_.Find(tap.card).value_or(known), card);
    requests_.Unpark(tap.card, request.id);
    counts_.parked_changed = true;
  }
  return {};
}

Result<void> Desk::OnRequest(const AuthRequest& request) {
  const std::optional<KeptAnswer> kept = requests_.FindAnswer(request.id);
  const std::optional<KnownCard> known = cards_.Find(request.card);
  RequestHistory history;
  if (kept.has_value()) history.answered = kept->fingerprint;
  if (!kept.has_value() && !known.has_value()) {
    history.parked = requests_.FindParked(request.card, request.id);
  }
  history.card_known = known.has_value();
  switch (NextStep(FingerprintOf(request), history)) {
    case Step::kRefuseConflict:
      return Error(kRequestConflict, "the request was made before with another body",
                   request.id.ToText());
    case Step::kRepeatAnswer: {
      Answer again = kept->answer;
      again.account = request.account;  // who asks now: the account may have moved to its survivor
      facts_.Send(request, again);
      ++counts_.repeated;
      return {};
    }
    case Step::kKeepWaiting:
      return {};
    case Step::kPark:
      requests_.Park(request);
      counts_.parked_changed = true;
      return {};
    case Step::kAskAcquirer: {
      PLAZA_ASSIGN_OR_RETURN(const CardData card, cards_.Open(request.card));
      Ask(request, *known, card);
      return {};
    }
  }
  return {};
}

void Desk::Ask(const AuthRequest& request, const KnownCard& known, const CardData& card) {
  const Verdict verdict = acquirer_.Send(request, card);
  const Answer answer = BuildAnswer(request, verdict);
  requests_.Keep({answer, FingerprintOf(request)});
  facts_.Send(request, answer);
  ++(answer.approved ? counts_.approved : counts_.declined)[request.purpose];
  if (known.par.empty() && !verdict.par.empty()) {
    cards_.SetPar(request.card, verdict.par);
    facts_.Send(LearnedPar{known.medium, request.card, verdict.par, request.event_time});
    ++counts_.pars_learned;
  }
}

}  // namespace plaza::vault
