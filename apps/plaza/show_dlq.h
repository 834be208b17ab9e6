// How dead letters look to a person.
#pragma once
#include <cstddef>
#include <iosfwd>

#include "plaza/events/v1/events.pb.h"
#include "plaza/ops/v1/ops.pb.h"

namespace plaza {

inline constexpr std::size_t kLettersChosenMax = 100'000;  // of one command

void ShowDeadLetters(const ops::v1::ListDeadLettersResponse& letters, std::ostream& out);
void ShowDeadLetter(const ops::v1::ShowDeadLetterResponse& letter, std::ostream& out);
// One line for each that was refused, and how many were done.
void ShowResolved(const ops::v1::ResolveDeadLettersResponse& resolved,
                  events::v1::DeadLetterOutcome outcome, bool dry_run, std::ostream& out);

}  // namespace plaza
