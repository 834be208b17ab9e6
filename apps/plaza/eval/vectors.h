// `plaza vectors`: questions with an "expect" (docs/formats/eval.md), compared with today's
// answers.
#pragma once
#include <iosfwd>
#include <string>
#include <vector>

#include "apps/plaza/eval/registry.h"

namespace plaza::eval {

// Answers each line of `in` on `out`, flushed per line.
void RunEval(const Registry& registry, std::istream& in, std::ostream& out);

// True if `actual` has all that `expected` has: objects by the keys given, arrays whole and in
// order, the rest exactly.
bool Matches(const Json& expected, const Json& actual);

// Prints each difference, results by group, then `N passed, N failed`. Returns the exit code: 0, or
// 1 if any failed or a file could not be read.
int RunVectors(const Registry& registry, const std::vector<std::string>& files, std::ostream& out);

}  // namespace plaza::eval
