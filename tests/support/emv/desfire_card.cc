#include "tests/support/emv/desfire_card.h"

#include <algorithm>

#include "libs/emv/closedloop/value_block.h"

namespace plaza::emv::test {
namespace {

using Kind = DesfireFileSpec::Kind;
constexpr std::uint8_t kOk = 0x00;
constexpr std::uint8_t kMore = 0xAF;
constexpr std::uint8_t kNoChanges = 0x0C;
constexpr std::uint8_t kIntegrity = 0x1E;
constexpr std::uint8_t kLength = 0x7E;
constexpr std::uint8_t kDenied = 0x9D;
constexpr std::uint8_t kNoApplication = 0xA0;
constexpr std::uint8_t kAuthentication = 0xAE;
constexpr std::uint8_t kBoundary = 0xBE;
constexpr std::uint8_t kNoFile = 0xF0;
constexpr std::size_t kMacBytes = 8;

constexpr std::uint8_t kReadData = 0xBD;
constexpr std::uint8_t kWriteData = 0x3D;
constexpr std::uint8_t kGetValue = 0x6C;
constexpr std::uint8_t kCredit = 0x0C;
constexpr std::uint8_t kDebit = 0xDC;
constexpr std::uint8_t kCommit = 0xC7;
constexpr std::uint8_t kAbort = 0xA7;

Bytes Status(Bytes data, std::uint8_t status) {
  data.push_back(0x91);
  data.push_back(status);
  return data;
}

bool OnFile(std::uint8_t ins) { return ins != kCommit && ins != kAbort; }
std::size_t HeaderBytes(std::uint8_t ins) {
  if (ins == kReadData || ins == kWriteData) return 7;
  return OnFile(ins) ? 1 : 0;
}

std::size_t ThreeAt(ByteView bytes, std::size_t offset) {
  return static_cast<std::size_t>(bytes[offset] | bytes[offset + 1] << 8 | bytes[offset + 2] << 16);
}

std::int32_t ValueIn(ByteView octets) {
  std::array<std::uint8_t, 4> value{};
  std::copy_n(octets.begin(), value.size(), value.begin());
  return ValueFrom(value);
}

}  // namespace

DesfireCard::DesfireCard(DesfireCardSpec spec) : ClosedLoopCard(spec.seed), spec_(std::move(spec)) {
  for (const auto& [file, file_spec] : spec_.files) {
    files[file] = Bytes(file_spec.kind == Kind::kValue ? 4 : file_spec.size);
  }
}

void DesfireCard::LeaveField() {
  selected_ = false;
  pending_.reset();
  session_.reset();
  uncommitted_.clear();
}

Bytes DesfireCard::Refuse(std::uint8_t status) {
  pending_.reset();
  session_.reset();
  uncommitted_.clear();
  return Status({}, status);
}

Bytes DesfireCard::Answer(ByteView bytes) {
  const auto command = DecodeCommand(bytes);
  if (!command.ok() || command->cla != 0x90) return {0x6E, 0x00};
  const std::uint8_t ins = command->ins;
  if (ins == kMore) return FinishAuthentication(command->data);
  pending_.reset();
  if (ins == 0x5A) return Select(command->data);
  if (ins == 0xAA || ins == 0x71 || ins == 0x77) return StartAuthentication(ins, command->data);
  return Secured(ins, command->data);
}

Bytes DesfireCard::Select(ByteView data) {
  LeaveField();
  selected_ = std::ranges::equal(data, spec_.aid);
  return selected_ ? Status({}, kOk) : Refuse(kNoApplication);
}

Bytes DesfireCard::StartAuthentication(std::uint8_t ins, ByteView data) {
  if (data.size() != (ins == 0x71 ? 2 : 1)) return Refuse(kLength);
  if (ins == 0x77 && !session_) return Refuse(kAuthentication);
  if (ins != 0x77) {
    session_.reset();
    uncommitted_.clear();
  }
  if (!selected_ || data[0] >= spec_.keys.size()) return Refuse(kAuthentication);
  AesBlock challenge = Random();
  pending_ = Pending{ins, data[0], challenge};
  AesCbcEncrypt(spec_.keys[data[0]], AesBlock{}, challenge);
  return Status(ToBytes(challenge), kMore);
}

Bytes DesfireCard::FinishEv1(const Pending& pending, ByteView data) {
  const AesKey& key = spec_.keys[pending.key_number];
  AesBlock iv = pending.rnd_b;
  AesCbcEncrypt(key, AesBlock{}, iv);
  const auto rnd_a = OpenChallengeAnswer(key, iv, pending.rnd_b, data);
  if (!rnd_a.ok()) return Refuse(kAuthentication);
  AesBlock proof = RotatedLeft(*rnd_a);
  AesCbcEncrypt(key, BlockAt(data, kAesBlockBytes), proof);
  return Status(ToBytes(proof), kOk);
}

Bytes DesfireCard::FinishAuthentication(ByteView data) {
  if (!pending_) return Refuse(kAuthentication);
  const Pending pending = *pending_;
  pending_.reset();
  if (pending.ins == 0xAA) return FinishEv1(pending, data);
  const AesKey& key = spec_.keys[pending.key_number];
  const auto rnd_a = OpenChallengeAnswer(key, AesBlock{}, pending.rnd_b, data);
  if (!rnd_a.ok()) return Refuse(kAuthentication);
  const Ev2Keys keys = DeriveEv2Keys(key, {*rnd_a, pending.rnd_b});
  Bytes proof;
  if (pending.ins == 0x71) {
    Ev2Session::Ti ti{};
    std::copy_n(Random().begin(), ti.size(), ti.begin());
    session_.emplace(keys, ti);
    AppendTo(proof, ti);
  } else {
    session_->Rekey(keys);
  }
  key_number_ = pending.key_number;
  AppendTo(proof, RotatedLeft(*rnd_a));
  if (pending.ins == 0x71) proof.resize(32);
  AesCbcEncrypt(key, AesBlock{}, proof);
  return Status(std::move(proof), kOk);
}

CommMode DesfireCard::ModeOf(std::uint8_t ins, ByteView data) const {
  if (!OnFile(ins) || data.empty()) return CommMode::kMac;
  const auto file = spec_.files.find(DesfireFile{data[0]});
  return file == spec_.files.end() ? CommMode::kMac : file->second.mode;
}

std::uint8_t DesfireCard::Open(std::uint8_t ins, ByteView data, CommMode mode, Request& request) {
  const std::size_t mac_bytes = mode == CommMode::kPlain ? 0 : kMacBytes;
  const std::size_t header = HeaderBytes(ins);
  if (data.size() < header + mac_bytes) return kLength;
  const ByteView body = data.first(data.size() - mac_bytes);
  if (mac_bytes > 0 && !session_->Verify(ins, body, data.subspan(body.size()))) return kIntegrity;
  request.ins = ins;
  request.header = ToBytes(body.first(header));
  request.data = ToBytes(body.subspan(header));
  if (mode == CommMode::kFull && !request.data.empty()) {
    auto plain = session_->Decrypt(request.data, Ev2Session::kCommandLabel);
    if (!plain.ok()) return kIntegrity;
    request.data = *std::move(plain);
  }
  if (!OnFile(ins)) return kOk;
  request.file = DesfireFile{request.header[0]};
  const auto file = spec_.files.find(request.file);
  if (file == spec_.files.end()) return kNoFile;
  request.spec = &file->second;
  return May(file->second, ins) ? kOk : kDenied;
}

Bytes DesfireCard::Secured(std::uint8_t ins, ByteView data) {
  if (!session_) return Refuse(kAuthentication);
  const CommMode mode = ModeOf(ins, data);
  Request request;
  std::uint8_t status = Open(ins, data, mode, request);
  if (status != kOk) return Refuse(status);
  if (!session_->Count()) return Refuse(kAuthentication);
  Bytes answer;
  status = Do(request, answer);
  if (status != kOk) return Refuse(status);
  if (mode == CommMode::kPlain) return Status(answer, kOk);
  if (mode == CommMode::kFull && !answer.empty()) {
    answer = session_->Encrypt(answer, Ev2Session::kAnswerLabel);
  }
  AppendTo(answer, session_->Mac(kOk, answer));
  return Status(answer, kOk);
}

bool DesfireCard::May(const DesfireFileSpec& file, std::uint8_t ins) const {
  const std::uint8_t key = key_number_;
  if (key == file.read_write) return true;
  if (ins == kCredit) return false;
  if (ins == kWriteData) return key == file.write;
  if (ins == kReadData) return key == file.read;
  return key == file.read || key == file.write;  // get value, debit
}

std::uint8_t DesfireCard::Do(const Request& request, Bytes& answer) {
  switch (request.ins) {
    case kReadData:
    case kWriteData:
      return DoData(request, answer);
    case kGetValue:
    case kCredit:
    case kDebit:
      return DoValue(request, answer);
    case kCommit:
      return DoCommit();
    case kAbort:
      if (uncommitted_.empty()) return kNoChanges;
      uncommitted_.clear();
      return kOk;
    default:
      return kDenied;
  }
}

std::uint8_t DesfireCard::DoData(const Request& request, Bytes& answer) {
  if (request.spec->kind == Kind::kValue) return kDenied;
  const std::size_t offset = ThreeAt(request.header, 1);
  const std::size_t length = ThreeAt(request.header, 4);
  Bytes& memory = files[request.file];
  if (offset + length > memory.size() || length == 0) return kBoundary;
  if (request.ins == kReadData) {
    answer = ToBytes(ByteView(memory).subspan(offset, length));
    return kOk;
  }
  if (request.data.size() != length) return kLength;
  const bool backup = request.spec->kind == Kind::kBackup;
  Bytes& target = backup ? uncommitted_.emplace(request.file, memory).first->second : memory;
  const std::size_t written = torn_ && !backup ? length / 2 : length;
  std::copy_n(request.data.begin(), written, target.begin() + static_cast<std::ptrdiff_t>(offset));
  return kOk;
}

std::uint8_t DesfireCard::DoValue(const Request& request, Bytes& answer) {
  if (request.spec->kind != Kind::kValue) return kDenied;
  const Bytes& memory = files[request.file];
  if (request.ins == kGetValue) {
    answer = memory;
    return kOk;
  }
  if (request.data.size() != 4) return kLength;
  Bytes& target = uncommitted_.emplace(request.file, memory).first->second;
  const std::int64_t amount = ValueIn(request.data);
  const std::int64_t value =
      request.ins == kCredit ? ValueIn(target) + amount : ValueIn(target) - amount;
  if (amount < 0 || value < 0 || value > request.spec->value_max) return kBoundary;
  target = ToBytes(ValueOctets(static_cast<std::int32_t>(value)));
  return kOk;
}

std::uint8_t DesfireCard::DoCommit() {
  if (uncommitted_.empty()) return kNoChanges;
  if (!torn_ || *torn_ % 2 == 1) {
    for (auto& [file, data] : uncommitted_) files[file] = data;
  }
  uncommitted_.clear();
  return kOk;
}

}  // namespace plaza::emv::test
