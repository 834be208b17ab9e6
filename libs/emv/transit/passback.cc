#include "libs/emv/transit/passback.h"

#include <algorithm>
#include <cstring>

#include "libs/emv/limits.h"

namespace plaza::emv {

std::size_t PassBackWindow::Hash::operator()(const Token& token) const {
  std::size_t hash = 0;  // a token is the output of a keyed hash: any part of it will do
  std::memcpy(&hash, token.data(), sizeof hash);
  return hash;
}

bool PassBackWindow::Seen(const Token& token, Instant now) const {
  const auto found = last_.find(token);
  if (found == last_.end()) return false;
  const Duration since = now - found->second;
  return since < window_ && Duration{-since.ms} < window_;
}

void PassBackWindow::Accepted(const Token& token, Instant now) {
  if (window_.ms <= 0) return;
  if (last_.size() >= kPassBackTokensMax) Forget(now);
  last_[token] = now;
}

// Drops what is past the window; if all are within it, the oldest.
void PassBackWindow::Forget(Instant now) {
  std::erase_if(last_, [&](const auto& entry) { return now - entry.second >= window_; });
  if (last_.size() < kPassBackTokensMax) return;
  last_.erase(std::ranges::min_element(last_, {}, [](const auto& entry) { return entry.second; }));
}

}  // namespace plaza::emv
