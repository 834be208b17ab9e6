// Which transfer rows link two legs (docs/fares-extension.md, "From legs to journeys"). Of the fare
// core alone.
#pragma once
#include <vector>

#include "services/fare/core/candidates.h"

namespace plaza::fare {

// A journey's last leg so far, with what later transfers depend on.
struct Tail {
  int leg = -1;                            // index into RatingState::legs
  int candidate = -1;                      // index into the candidates of all legs
  Sym run_from = kNoSym, run_to = kNoSym;  // groups of the rows of the unbroken run that led here
  int run_count = 0;                       // transfers in that run
  int run_first = -1;                      // leg at which the run began
  int journey_first = -1;
  int journey_transfers = 0;
  std::int64_t cost_minor = 0;  // of the journey so far; may be below 0
};

struct TransferOption {
  int row = -1;  // index into Rules::transfers of the later leg's version
  std::int64_t price_minor = 0;
};

// Appends the rows that remain after every test, each with the least price of its product. None:
// the legs are not linked. `next_to_each_other`: the tail is the leg right before; else only rows
// that allow a gap take part.
void TransferOptions(const RatingState& state, const std::vector<Candidate>& candidates,
                     const Tail& tail, int leg, const Candidate& candidate, bool next_to_each_other,
                     std::vector<TransferOption>& out);

}  // namespace plaza::fare
