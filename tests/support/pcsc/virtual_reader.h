// A real pcscd with a virtual reader (vsmartcard's vpcd), and simulated cards that are held to it.
//
// There is one pcscd a machine, since its socket's path is compiled in: a file lock makes tests
// take turns. Needs root. vpcd listens on all of the machine's addresses, so it runs in tests only.
#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <thread>

#include "apps/plaza/servers/child.h"
#include "libs/base/result.h"
#include "libs/emv/apdu/apdu.h"

namespace plaza::testing {

class VirtualReader {
 public:
  static constexpr const char* kName = "Plaza virtual reader";
  // PC/SC's files and the log go into `folder`.
  static Result<std::unique_ptr<VirtualReader>> Start(const std::filesystem::path& folder);
  ~VirtualReader();

  int port() const { return port_; }  // where cards connect
  void Kill();                        // as when pcscd dies
  Result<void> Restart();

 private:
  VirtualReader() = default;
  void WriteConfig();
  Result<void> Spawn();

  std::filesystem::path folder_;
  int lock_ = -1;
  int port_ = 0;
  std::unique_ptr<servers::Child> child_;
};

// A card in the reader's field for as long as this lives; answers from a thread of its own.
class CardInField {
 public:
  // `card` must outlive it.
  CardInField(const VirtualReader& reader, emv::CardChannel& card);
  ~CardInField();
  CardInField(const CardInField&) = delete;
  CardInField& operator=(const CardInField&) = delete;
  void Remove();  // thread-safe, also from within the card's Transmit()

 private:
  void Serve(emv::CardChannel& card);

  std::atomic<int> socket_{-1};
  std::thread thread_;
};

}  // namespace plaza::testing
