// A simulated DESFire EV2 card with one application: EV1 (AES) and EV2 authentication, EV2 secure
// messaging, standard, backup and value files, commit and abort.
//
// Torn writes: a commit is done as a whole or not at all (odd and even variants); a standard file
// has no protection and holds the first half of the new data.
#pragma once
#include <map>
#include <vector>

#include "libs/emv/closedloop/desfire.h"
#include "tests/support/emv/closed_loop_card.h"

namespace plaza::emv::test {

struct DesfireFileSpec {
  enum class Kind { kStandard, kBackup, kValue };
  static constexpr std::uint8_t kNever = 0x0F;
  Kind kind = Kind::kStandard;
  CommMode mode = CommMode::kFull;
  std::uint8_t read = 0;  // key numbers
  std::uint8_t write = 0;
  std::uint8_t read_write = 0;
  std::size_t size = 32;       // of data
  std::int32_t value_max = 0;  // of a value; the least is 0
};

struct DesfireCardSpec {
  DesfireAid aid{};
  std::vector<AesKey> keys;
  std::map<DesfireFile, DesfireFileSpec> files;
  std::uint64_t seed = 1;
};

class DesfireCard final : public ClosedLoopCard {
 public:
  static constexpr unsigned kTornVariants = 2;

  explicit DesfireCard(DesfireCardSpec spec);
  Bytes Answer(ByteView command) override;
  void LeaveField() override;

  // The memory: of a value file 4 octets.
  std::map<DesfireFile, Bytes> files;

 private:
  struct Pending {
    std::uint8_t ins;
    std::uint8_t key_number;
    AesBlock rnd_b;
  };
  struct Request {
    std::uint8_t ins = 0;
    const DesfireFileSpec* spec = nullptr;
    DesfireFile file;
    Bytes header;
    Bytes data;
  };

  Bytes Refuse(std::uint8_t status);
  Bytes Select(ByteView data);
  Bytes StartAuthentication(std::uint8_t ins, ByteView data);
  Bytes FinishAuthentication(ByteView data);
  Bytes FinishEv1(const Pending& pending, ByteView data);
  Bytes Secured(std::uint8_t ins, ByteView data);
  // Opens the command's messaging into `request`; a status other than 00 refuses it.
  std::uint8_t Open(std::uint8_t ins, ByteView data, CommMode mode, Request& request);
  std::uint8_t Do(const Request& request, Bytes& answer);
  std::uint8_t DoData(const Request& request, Bytes& answer);
  std::uint8_t DoValue(const Request& request, Bytes& answer);
  std::uint8_t DoCommit();
  bool May(const DesfireFileSpec& file, std::uint8_t ins) const;
  CommMode ModeOf(std::uint8_t ins, ByteView data) const;

  DesfireCardSpec spec_;
  bool selected_ = false;
  std::optional<Pending> pending_;
  std::optional<Ev2Session> session_;
  std::uint8_t key_number_ = 0;
  std::map<DesfireFile, Bytes> uncommitted_;
};

}  // namespace plaza::emv::test
