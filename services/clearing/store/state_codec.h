// An account's state as bytes in its row, and back.
#pragma once
#include <string>
#include <string_view>

#include "libs/base/result.h"
#include "services/clearing/core/account_state.h"

namespace plaza::clearing {

std::string EncodeState(const AccountState& state);
// STORE_DAMAGED if the bytes are not a state.
Result<AccountState> DecodeState(const AccountId& id, std::string_view bytes);

}  // namespace plaza::clearing
