#include "libs/devices/pcsc_reader.h"

#include <winscard.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

#include "libs/devices/errors.h"
#include "libs/emv/errors.h"

namespace plaza::devices {
namespace {

constexpr std::chrono::milliseconds kLookAgain{500};
constexpr DWORD kStatusWaitMs = 250;  // then it is looked whether to stop
constexpr std::size_t kAnswerBytesMax = 65'538;

Error Away(const char* call, LONG code) {
  return Error(kReaderAway, std::string(call) + ": " + pcsc_stringify_error(code));
}

bool IsGone(LONG code) {
  return code == SCARD_W_REMOVED_CARD || code == SCARD_W_RESET_CARD ||
         code == SCARD_W_UNPOWERED_CARD || code == SCARD_W_UNRESPONSIVE_CARD ||
         code == SCARD_E_NO_SMARTCARD || code == SCARD_E_READER_UNAVAILABLE ||
         code == SCARD_E_NO_SERVICE || code == SCARD_E_INVALID_HANDLE ||
         code == SCARD_F_COMM_ERROR || code == SCARD_E_NOT_TRANSACTED;
}

class PcscCard final : public emv::CardChannel {
 public:
  PcscCard(SCARDHANDLE card, DWORD protocol) : card_(card), protocol_(protocol) {}
  ~PcscCard() override { SCardDisconnect(card_, SCARD_UNPOWER_CARD); }
  PcscCard(const PcscCard&) = delete;
  PcscCard& operator=(const PcscCard&) = delete;

  Result<Bytes> Transmit(ByteView command) override {
    Bytes answer(kAnswerBytesMax);
    DWORD length = answer.size();
    const SCARD_IO_REQUEST* const pci =
        protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    const LONG code =
        SCardTransmit(card_, pci, command.data(), command.size(), nullptr, answer.data(), &length);
    if (code == SCARD_S_SUCCESS && length > 0) {
      answer.resize(length);
      return answer;
    }
    // Some drivers call it a success when nothing came (vpcd, of a card that left).
    if (code == SCARD_S_SUCCESS)
      return Error(emv::errors::kCardRemoved, "SCardTransmit: no answer");
    const std::string why = std::string("SCardTransmit: ") + pcsc_stringify_error(code);
    if (IsGone(code)) return Error(emv::errors::kCardRemoved, why);
    return Error(emv::errors::kCardError, why);
  }

 private:
  SCARDHANDLE card_;
  DWORD protocol_;
};

class PcscReader final : public emv::CardReader {
 public:
  explicit PcscReader(PcscOptions options) : options_(std::move(options)) {}
  ~PcscReader() override { Release(); }

  std::unique_ptr<emv::CardChannel> WaitForCard() override {
    while (!stopped()) {
      Result<std::unique_ptr<emv::CardChannel>> card = Look();
      if (card.ok()) {
        told_ = false;
        if (*card != nullptr) return std::move(*card);
        continue;
      }
      if (!std::exchange(told_, true)) options_.on_away(card.error());
      Release();
      std::unique_lock<std::mutex> lock(mutex_);
      signal_.wait_for(lock, kLookAgain, [&] { return stopped_; });
    }
    return nullptr;
  }

  void Stop() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    signal_.notify_all();
    if (context_) SCardCancel(*context_);
  }

 private:
  bool stopped() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return stopped_;
  }

  void Release() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (context_) SCardReleaseContext(*context_);
    context_.reset();
    // After a reader that was away, a card that lies on it is a new one.
    field_ = SCARD_STATE_UNAWARE;
    served_ = false;
  }

  // Also makes sure that there is a reader.
  Result<void> Establish() {
    if (context_) return {};
    SCARDCONTEXT context = 0;
    const LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context);
    if (code != SCARD_S_SUCCESS) return Away("SCardEstablishContext", code);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      context_ = context;
    }
    std::string names(4096, '\0');
    DWORD length = names.size();
    const LONG listed = SCardListReaders(context, nullptr, names.data(), &length);
    if (listed != SCARD_S_SUCCESS) return Away("SCardListReaders", listed);
    for (const char* name = names.c_str(); *name != '\0'; name += std::strlen(name) + 1) {
      if (!std::string_view(name).starts_with(options_.reader)) continue;
      name_ = name;
      return {};
    }
    return Error(kReaderAway, "no reader is called \"" + options_.reader + "\"");
  }

  // A card, or null if there is none yet. READER_AWAY.
  Result<std::unique_ptr<emv::CardChannel>> Look() {
    PLAZA_RETURN_IF_ERROR(Establish());
    SCARD_READERSTATE state{};
    state.szReader = name_.c_str();
    state.dwCurrentState = field_;
    const LONG code = SCardGetStatusChange(*context_, kStatusWaitMs, &state, 1);
    if (code == SCARD_E_CANCELLED) return NoCard();
    if (code != SCARD_E_TIMEOUT) {
      if (code != SCARD_S_SUCCESS) return Away("SCardGetStatusChange", code);
      const DWORD now = state.dwEventState;
      if ((now & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE | SCARD_STATE_IGNORE)) != 0) {
        return Error(kReaderAway, "it was taken off", name_);
      }
      // The upper half counts how often a card came or went: one that was taken away and held there
      // again between two looks is a new one.
      const bool other = (now ^ field_) >> 16 != 0;
      field_ = now & ~DWORD{SCARD_STATE_CHANGED};
      if (other || (now & SCARD_STATE_PRESENT) == 0) served_ = false;
    }
    return (field_ & SCARD_STATE_PRESENT) != 0 && !served_ ? Connect() : NoCard();
  }

  static Result<std::unique_ptr<emv::CardChannel>> NoCard() {
    return std::unique_ptr<emv::CardChannel>();
  }

  Result<std::unique_ptr<emv::CardChannel>> Connect() {
    SCARDHANDLE card = 0;
    DWORD protocol = 0;
    const LONG code = SCardConnect(*context_, name_.c_str(), SCARD_SHARE_EXCLUSIVE,
                                   SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);
    if (code == SCARD_S_SUCCESS) {
      served_ = true;
      return std::unique_ptr<emv::CardChannel>(std::make_unique<PcscCard>(card, protocol));
    }
    // PC/SC is slow to see that a card left, and may even miss it when another comes at once: it is
    // tried again.
    if (IsGone(code) || code == SCARD_E_PROTO_MISMATCH) return NoCard();
    return Away("SCardConnect", code);
  }

  const PcscOptions options_;
  std::mutex mutex_;
  std::condition_variable signal_;
  bool stopped_ = false;
  std::optional<SCARDCONTEXT> context_;  // changed under the mutex, by the thread that waits
  std::string name_;
  DWORD field_ = SCARD_STATE_UNAWARE;  // as it was last
  bool served_ = false;                // the card that is in the field was
  bool told_ = false;
};

}  // namespace

std::unique_ptr<emv::CardReader> MakePcscReader(PcscOptions options) {
  return std::make_unique<PcscReader>(std::move(options));
}

}  // namespace plaza::devices
