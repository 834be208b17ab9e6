// The error catalogue of libs/devices.
#pragma once
#include "libs/base/error.h"

namespace plaza::devices {

inline constexpr ErrorKind kReaderAway{
    StatusCode::kUnavailable, "READER_AWAY",
    "Plug the reader in, and start pcscd; pcsc_scan (package pcsc-tools) shows what there is."};

}  // namespace plaza::devices
