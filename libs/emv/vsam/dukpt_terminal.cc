#include "libs/emv/vsam/dukpt_terminal.h"

#include <bit>

#include "libs/base/check.h"
#include "libs/emv/errors.h"

namespace plaza::emv {

namespace {

// Of each lowest set bit, the next counter from `first` on whose key does not come from a key that
// is still to be used: `first` itself, and the subtrees to its right.
std::vector<std::uint32_t> RootsFrom(DukptAlgorithm algorithm, std::uint32_t first) {
  std::vector<std::uint32_t> roots = {first};
  for (int bit = std::countr_zero(first) + 1; bit < 32; ++bit) {
    const std::uint32_t one = std::uint32_t{1} << bit;
    const std::uint32_t root = (first & (0 - one)) | one;
    if ((first & one) == 0 && IsTransactionCounter(algorithm, root)) roots.push_back(root);
  }
  return roots;
}

}  // namespace

Result<DukptTerminal> DukptTerminal::Load(DukptAlgorithm algorithm, ByteView initial_key,
                                          ByteView ksn_id, std::uint32_t first) {
  const std::vector<std::uint32_t> roots = RootsFrom(algorithm, first);
  auto keys = DeriveWorkingKeys(algorithm, initial_key, ksn_id, roots,
                                {DukptUsage::kKeyDerivation, OwnKeyType(algorithm)});
  if (!keys.ok()) return keys.error();
  DukptTerminal terminal(algorithm, ToBytes(ksn_id), first);
  for (std::size_t i = 0; i < roots.size(); ++i) {
    terminal.RegisterOf(roots[i]) = std::move((*keys)[i]);
  }
  return terminal;
}

SecretBytes& DukptTerminal::RegisterOf(std::uint32_t counter) {
  return registers_[static_cast<std::size_t>(std::countr_zero(counter))];
}

std::optional<DukptKsn> DukptTerminal::ksn() const {
  if (!counter_) return std::nullopt;
  return DukptKsn{ksn_id_, *counter_};
}

Result<SecretBytes> DukptTerminal::WorkingKey(DukptWorkingKey wanted) const {
  if (!counter_) return Error(errors::kDukptExhausted, "no counter is left");
  const auto& current = registers_[static_cast<std::size_t>(std::countr_zero(*counter_))];
  PLAZA_CHECK(!current.empty());
  return WorkingKeyOf(algorithm_, current.view(), {ksn_id_, *counter_}, wanted);
}

Result<void> DukptTerminal::Advance() {
  if (!counter_) return Error(errors::kDukptExhausted, "no counter is left");
  const auto next = NextCounter(algorithm_, *counter_);
  const SecretBytes used = std::move(RegisterOf(*counter_));
  // An even counter that is followed by the next number has keys below it; a leaf has none.
  if (*counter_ % 2 == 0 && next == *counter_ + 1) {
    for (int bit = std::countr_zero(*counter_); bit-- > 0;) {
      const std::uint32_t child = *counter_ | std::uint32_t{1} << bit;
      RegisterOf(child) = DeriveChildKey(algorithm_, used.view(), ksn_id_, child);
    }
  }
  counter_ = next;
  return {};
}

}  // namespace plaza::emv
