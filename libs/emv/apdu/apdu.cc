#include "libs/emv/apdu/apdu.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "libs/emv/tlv/writer.h"

namespace plaza::emv {
namespace {

struct StatusRow {
  std::uint16_t mask;
  std::uint16_t value;
  std::string_view name;
};
// The first that fits.
constexpr StatusRow kStatusRows[] = {
    {0xFFFF, status::kSuccess, "success"},
    {0xFFFF, status::kWrongLength, "wrong length"},
    {0xFFFF, status::kSecurityNotSatisfied, "security status not satisfied"},
    {0xFFFF, status::kReferencedDataInvalidated, "referenced data invalidated"},
    {0xFFFF, status::kConditionsNotSatisfied, "conditions of use not satisfied"},
    {0xFFFF, status::kCommandNotAllowed, "command not allowed"},
    {0xFFFF, status::kFunctionNotSupported, "function not supported"},
    {0xFFFF, status::kFileNotFound, "file not found"},
    {0xFFFF, status::kRecordNotFound, "record not found"},
    {0xFFFF, status::kWrongParameters, "wrong parameters P1 P2"},
    {0xFFFF, status::kReferencedDataNotFound, "referenced data not found"},
    {0xFFFF, status::kInstructionNotSupported, "instruction not supported"},
    {0xFFFF, status::kClassNotSupported, "class not supported"},
    {0xFFFF, status::kNoDiagnosis, "no precise diagnosis"},
    {0xFF00, 0x6100, "more data available"},
    {0xFF00, 0x6200, "warning"},
    {0xFF00, 0x6300, "warning, memory changed"},
    {0xFF00, 0x6400, "execution error"},
    {0xFF00, 0x6500, "execution error, memory changed"},
    {0xFF00, 0x6C00, "wrong Le"},
    {0xF000, 0x6000, "checking error"},
};

Result<Response> TransmitOnce(CardChannel& channel, const Command& command) {
  PLAZA_ASSIGN_OR_RETURN(Bytes answer, channel.Transmit(Encode(command)));
  if (answer.size() < 2) return Error(errors::kCardError, "an answer without status bytes");
  Response response;
  const std::size_t length = answer.size() - 2;
  response.sw = static_cast<std::uint16_t>((answer[length] << 8) | answer[length + 1]);
  answer.resize(length);
  response.data = std::move(answer);
  return response;
}

}  // namespace

std::string_view StatusName(std::uint16_t sw) {
  const auto row = std::ranges::find_if(
      kStatusRows, [sw](const StatusRow& r) { return (sw & r.mask) == r.value; });
  return row == std::end(kStatusRows) ? "unknown" : row->name;
}

std::string StatusText(std::uint16_t sw) {
  const std::uint8_t octets[] = {static_cast<std::uint8_t>(sw >> 8),
                                 static_cast<std::uint8_t>(sw & 0xFF)};
  return "status " + ToHex(octets) + ", " + std::string(StatusName(sw));
}

Bytes Encode(const Command& command) {
  PLAZA_CHECK(command.data.size() <= 255 && command.le.value_or(0) <= 255);
  Bytes out;
  out.reserve(command.data.size() + 6);
  for (std::uint8_t octet : {command.cla, command.ins, command.p1, command.p2})
    out.push_back(octet);
  if (!command.data.empty()) {
    out.push_back(static_cast<std::uint8_t>(command.data.size()));
    out.insert(out.end(), command.data.begin(), command.data.end());
  }
  if (command.le) out.push_back(static_cast<std::uint8_t>(*command.le));
  return out;
}

Result<Command> DecodeCommand(ByteView bytes) {
  if (bytes.size() < 4)
    return Error(errors::kBadApdu, "a command has at least 4 bytes", "offset 0");
  Command command{bytes[0], bytes[1], bytes[2], bytes[3], {}, std::nullopt};
  if (bytes.size() == 4) return command;
  if (bytes.size() == 5) {
    command.le = bytes[4];
    return command;
  }
  const std::size_t length = bytes[4];
  const ByteView rest = bytes.subspan(5);
  const bool has_le = rest.size() == length + 1;
  if (length == 0 || (rest.size() != length && !has_le)) {
    return Error(errors::kBadApdu, "Lc does not agree with the data's length", "offset 4");
  }
  command.data = ToBytes(rest.first(length));
  if (has_le) command.le = rest.back();
  return command;
}

Result<Response> Exchange(CardChannel& channel, const Command& command) {
  Command next = command;
  Bytes joined;
  for (int round = 0; round <= kFollowUpsMax; ++round) {
    PLAZA_ASSIGN_OR_RETURN(Response response, TransmitOnce(channel, next));
    const auto sw1 = static_cast<std::uint8_t>(response.sw >> 8);
    const auto sw2 = static_cast<std::uint8_t>(response.sw & 0xFF);
    if (sw1 == 0x6C) {  // wrong Le: the same command with the one that the card names
      next.le = sw2;
      continue;
    }
    if (joined.size() + response.data.size() > kAnswerBytesMax) {
      return Error(errors::kCardError, "an answer of more than 1024 bytes");
    }
    if (joined.empty()) {
      joined = std::move(response.data);
    } else {
      joined.insert(joined.end(), response.data.begin(), response.data.end());
    }
    if (sw1 != 0x61) return Response{std::move(joined), response.sw};
    next =
        Command{.cla = 0x00, .ins = 0xC0, .p1 = 0, .p2 = 0, .data = {}, .le = sw2};  // GET RESPONSE
  }
  return Error(errors::kCardError, "more follow-ups than allowed for one command");
}

Command SelectByName(ByteView name) {
  return {.cla = 0x00, .ins = 0xA4, .p1 = 0x04, .p2 = 0x00, .data = ToBytes(name), .le = 0};
}

Command ReadRecord(std::uint8_t sfi, std::uint8_t record) {
  const auto p2 = static_cast<std::uint8_t>((sfi << 3) | 0x04);
  return {.cla = 0x00, .ins = 0xB2, .p1 = record, .p2 = p2, .data = {}, .le = 0};
}

Command GetProcessingOptions(ByteView pdol_data) {
  return {.cla = 0x80,
          .ins = 0xA8,
          .p1 = 0,
          .p2 = 0,
          .data = MakeTlv(tag::kCommandTemplate, pdol_data),
          .le = 0};
}

Command GenerateAc(std::uint8_t reference, ByteView cdol_data) {
  return {.cla = 0x80, .ins = 0xAE, .p1 = reference, .p2 = 0, .data = ToBytes(cdol_data), .le = 0};
}

}  // namespace plaza::emv
