#include "libs/emv/vsam/dukpt_terminal.h"

#include <bit>

#include "libs/base/check.h"
#include "libs/emv/errors.h"

namespace plaza::emv {

Result<DukptTerminal> DukptTerminal::Load(DukptAlgorithm algorithm, ByteView initial_key,
                                          ByteView ksn_id) {
  // The first transaction's key is thrown away; asking for it checks both arguments.
  const auto checked = DeriveWorkingKey(algorithm, initial_key, {ToBytes(ksn_id), 1},
                                        {DukptUsage::kKeyDerivation, OwnKeyType(algorithm)});
  if (!checked.ok()) return checked.error();
  DukptTerminal terminal(algorithm, ToBytes(ksn_id));
  terminal.FillBelow(initial_key, /*counter=*/0, algorithm == DukptAlgorithm::kTdes ? 21 : 32);
  return terminal;
}

void DukptTerminal::FillBelow(ByteView parent, std::uint32_t counter, int bit) {
  for (int i = bit; i-- > 0;) {
    registers_[static_cast<std::size_t>(i)] =
        DeriveChildKey(algorithm_, parent, ksn_id_, counter | std::uint32_t{1} << i);
  }
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
  const int bit = std::countr_zero(*counter_);
  const SecretBytes used = std::move(registers_[static_cast<std::size_t>(bit)]);
  // The next counter is below this one unless this one is a leaf.
  const bool descends = next && bit > 0 && *next == *counter_ + 1;
  if (descends) FillBelow(used.view(), *counter_, bit);
  counter_ = next;
  return {};
}

}  // namespace plaza::emv
