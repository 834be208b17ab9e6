#include "tests/support/pcsc/virtual_reader.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>
#include <winscard.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

#include "apps/plaza/servers/errors.h"
#include "apps/plaza/servers/port.h"
#include "libs/base/check.h"

namespace plaza::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDriver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
constexpr const char* kRunFolder = "/run/pcscd";  // compiled into Debian's pcscd
constexpr std::chrono::seconds kStartTimeout{30};
constexpr int kPortsTried = 10;
// A processor card of ISO/IEC 14443-4 as PC/SC Part 3, 3.1.3.2.3.1 gives its ATR, without
// historical bytes.
constexpr std::uint8_t kAtr[] = {0x3B, 0x80, 0x80, 0x01, 0x01};

bool ReadAll(int socket, std::uint8_t* at, std::size_t count) {
  while (count > 0) {
    // Without it the kernel waits before it acknowledges: each command would take 40 ms.
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    const ssize_t n = recv(socket, at, count, 0);
    if (n <= 0) return false;
    at += n;
    count -= static_cast<std::size_t>(n);
  }
  return true;
}

// One frame; none when the other side is gone.
std::optional<Bytes> ReadFrame(int socket) {
  std::uint8_t head[2];
  if (!ReadAll(socket, head, sizeof head)) return std::nullopt;
  Bytes frame(static_cast<std::size_t>(head[0] << 8 | head[1]));
  if (!ReadAll(socket, frame.data(), frame.size())) return std::nullopt;
  return frame;
}

bool WriteFrame(int socket, ByteView frame) {
  Bytes out{static_cast<std::uint8_t>(frame.size() >> 8), static_cast<std::uint8_t>(frame.size())};
  out.insert(out.end(), frame.begin(), frame.end());
  return send(socket, out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size());
}

int ConnectTo(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto give_up = std::chrono::steady_clock::now() + kStartTimeout;
  while (true) {  // the driver may not listen yet
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      return socket;
    }
    close(socket);
    PLAZA_CHECK(std::chrono::steady_clock::now() < give_up);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

bool PcscAnswers() {
  SCARDCONTEXT context = 0;
  if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context) != SCARD_S_SUCCESS) {
    return false;
  }
  SCardReleaseContext(context);
  return true;
}

// Not by a connection to its port, which would be a card.
bool IsListed() {
  SCARDCONTEXT context = 0;
  if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context) != SCARD_S_SUCCESS) {
    return false;
  }
  DWORD length = 0;
  const bool listed =
      SCardListReaders(context, nullptr, nullptr, &length) == SCARD_S_SUCCESS && length > 1;
  SCardReleaseContext(context);
  return listed;
}

}  // namespace

Result<std::unique_ptr<VirtualReader>> VirtualReader::Start(const fs::path& folder) {
  std::unique_ptr<VirtualReader> reader(new VirtualReader);
  reader->folder_ = folder;
  reader->lock_ = open("/tmp/plaza-pcscd.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  PLAZA_CHECK(reader->lock_ >= 0 && flock(reader->lock_, LOCK_EX) == 0);
  fs::create_directories(folder / "readers");
  Result<void> spawned;
  for (int attempt = 0; attempt < kPortsTried; ++attempt) {
    reader->WriteConfig();
    spawned = reader->Spawn();
    if (spawned.ok()) return reader;
    reader->child_.reset();
  }
  return spawned.error();
}

// The driver makes two readers: the second listens on the next port.
void VirtualReader::WriteConfig() {
  do {
    port_ = servers::FreePort();
  } while (servers::Answers(port_ + 1));
  char config[512];
  std::snprintf(config, sizeof config,
                "FRIENDLYNAME \"%s\"\nDEVICENAME /dev/null:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n",
                kName, static_cast<unsigned>(port_), kDriver, static_cast<unsigned>(port_));
  std::ofstream(folder_ / "readers" / "vpcd") << config;
}

Result<void> VirtualReader::Spawn() {
  if (PcscAnswers()) {
    return Error(servers::kServerNotReady, "a pcscd runs on this machine already: stop it first");
  }
  fs::remove_all(kRunFolder);  // of one that was killed
  const fs::path log = folder_ / "pcscd.log";
  fs::remove(log);
  servers::Child::Options options;
  options.name = "pcscd";
  options.argv = {"/usr/sbin/pcscd", "--foreground", "--config", (folder_ / "readers").string()};
  options.log_file = log;
  PLAZA_ASSIGN_OR_RETURN(child_, servers::Child::Spawn(std::move(options)));
  // Somebody else may have taken one of the ports meanwhile: it goes on then without the reader.
  const auto refused = [&] {
    std::ifstream in(log);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return text.find("Open Port") != std::string::npos;
  };
  PLAZA_RETURN_IF_ERROR(servers::AwaitReady(
      *child_, [&] { return IsListed() || refused(); }, kStartTimeout));
  if (refused()) return Error(servers::kServerNotReady, "a port is taken", log.string());
  return {};
}

void VirtualReader::Kill() { child_->Kill(); }
Result<void> VirtualReader::Restart() { return Spawn(); }

VirtualReader::~VirtualReader() {
  child_.reset();
  std::error_code ignored;
  fs::remove_all(kRunFolder, ignored);
  close(lock_);
}

CardInField::CardInField(const VirtualReader& reader, emv::CardChannel& card)
    : socket_(ConnectTo(reader.port())), thread_([this, &card] { Serve(card); }) {}

CardInField::~CardInField() {
  Remove();
  thread_.join();
  close(socket_);
}

void CardInField::Remove() { shutdown(socket_, SHUT_RDWR); }

void CardInField::Serve(emv::CardChannel& card) {
  constexpr std::uint8_t kAskAtr = 0x04;
  while (const std::optional<Bytes> frame = ReadFrame(socket_)) {
    if (frame->size() == 1) {  // a control
      if (frame->front() == kAskAtr && !WriteFrame(socket_, kAtr)) return;
      continue;
    }
    const Result<Bytes> answer = card.Transmit(*frame);
    if (!answer.ok()) return Remove();  // the card was taken away
    if (!WriteFrame(socket_, *answer)) return;
  }
}

}  // namespace plaza::testing
