// SHA-1 over parts, for EMV certificates and signatures (Book 2, Annex B3.1). Allocates nothing.
#pragma once
#include <initializer_list>

#include "libs/base/bytes.h"
#include "libs/base/digest.h"

namespace plaza::emv {

Sha1Digest Sha1OfParts(std::initializer_list<ByteView> parts);

}  // namespace plaza::emv
