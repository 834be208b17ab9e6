// A fact as JSON for people. Pure.
#pragma once
#include <string>
#include <string_view>

#include "plaza/events/v1/events.pb.h"

namespace plaza::host {

// Ids of 16 octets as UUIDs, other octets in hexadecimal. Sealed card data and chip data are never
// shown, only their size; texts pass the redactor. A fact that is longer than
// kShownJsonBytesMax as JSON is only described.
std::string FactJson(const events::v1::Event& event);

// The octets of a record: as above, or, if they are no fact that we know, their size and SHA-256,
// since anything might be in them.
std::string RecordJson(std::string_view value);

}  // namespace plaza::host
