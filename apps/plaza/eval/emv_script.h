// A card that is a script of commands and answers.
#pragma once
#include <vector>

#include "apps/plaza/eval/registry.h"
#include "libs/emv/apdu/apdu.h"

namespace plaza::eval {

class ScriptCard final : public emv::CardChannel {
 public:
  // Reads `script`, `match` and `reset_on_reselect` of `fields`.
  explicit ScriptCard(const Fields& fields);
  // CARD_REMOVED once the script ran out, or the command is not the next one.
  Result<Bytes> Transmit(ByteView command) override;
  Json Exchanged() const;  // [[C, R], …]

 private:
  struct Step {
    Bytes command;
    Bytes answer;
  };
  bool Matches(const Step& step, ByteView command) const;

  std::vector<Step> script_;
  bool by_header_ = false;
  bool reset_on_reselect_ = false;
  std::size_t next_ = 0;
  std::vector<Step> exchanged_;
};

}  // namespace plaza::eval
