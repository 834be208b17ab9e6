// What simulated closed-loop cards share: a memory that outlives the field, a state that does not,
// and a field that can lose its card at any command.
#pragma once
#include <optional>
#include <random>

#include "libs/emv/apdu/apdu.h"
#include "libs/emv/closedloop/three_pass.h"

namespace plaza::emv::test {

class ClosedLoopCard {
 public:
  virtual ~ClosedLoopCard() = default;

  // Does the command and answers it.
  virtual Bytes Answer(ByteView command) = 0;
  // The power fails while the command writes: what the memory then holds goes by `variant` (each
  // card says how). A command that writes nothing leaves it as it was.
  void AnswerTorn(ByteView command, unsigned variant);
  // The volatile state is gone.
  virtual void LeaveField() = 0;

 protected:
  explicit ClosedLoopCard(std::uint64_t seed) : random_(seed) {}
  AesBlock Random();
  std::optional<unsigned> torn_;  // the variant, while a torn command is done

 private:
  std::mt19937_64 random_;
};

struct Tear {
  enum class Moment { kBefore, kDuring, kAfter };  // the card's doing of the command
  std::size_t command = 0;                         // from 0
  Moment moment = Moment::kBefore;
  unsigned variant = 0;
};

// A card held to a reader once. From the tear on it is gone; without one it stays to the end.
class Field final : public CardChannel {
 public:
  explicit Field(ClosedLoopCard& card, std::optional<Tear> tear = std::nullopt)
      : card_(card), tear_(tear) {}
  ~Field() override { card_.LeaveField(); }
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  Result<Bytes> Transmit(ByteView command) override;
  std::size_t commands() const { return commands_; }

 private:
  ClosedLoopCard& card_;
  std::optional<Tear> tear_;
  bool gone_ = false;
  std::size_t commands_ = 0;
};

// The same "random" blocks in every run.
RandomSource SeededRandom(std::uint64_t seed);

}  // namespace plaza::emv::test
