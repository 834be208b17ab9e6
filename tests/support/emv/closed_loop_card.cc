#include "tests/support/emv/closed_loop_card.h"

#include <memory>

#include "libs/emv/errors.h"

namespace plaza::emv::test {
namespace {

AesBlock BlockOf(std::mt19937_64& random) {
  AesBlock block{};
  for (std::uint8_t& octet : block) octet = static_cast<std::uint8_t>(random() & 0xFF);
  return block;
}

}  // namespace

AesBlock ClosedLoopCard::Random() { return BlockOf(random_); }

void ClosedLoopCard::AnswerTorn(ByteView command, unsigned variant) {
  torn_ = variant;
  Answer(command);
  torn_.reset();
}

Result<Bytes> Field::Transmit(ByteView command) {
  const Error removed(errors::kCardRemoved, "the card left the field");
  if (gone_) return removed;
  const std::size_t number = commands_++;
  if (!tear_ || tear_->command != number) return card_.Answer(command);
  if (tear_->moment == Tear::Moment::kDuring) card_.AnswerTorn(command, tear_->variant);
  if (tear_->moment == Tear::Moment::kAfter) card_.Answer(command);
  gone_ = true;
  card_.LeaveField();
  return removed;
}

RandomSource SeededRandom(std::uint64_t seed) {
  return [random = std::make_shared<std::mt19937_64>(seed)] { return BlockOf(*random); };
}

}  // namespace plaza::emv::test
