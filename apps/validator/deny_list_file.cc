#include "apps/validator/deny_list_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "apps/validator/errors.h"
#include "libs/base/digest.h"

namespace plaza::validator {
namespace {

const Bytes kMagic{'P', 'L', 'A', 'Z', 'A', 'D', 0x00, 0x01};
constexpr std::size_t kEntryBytes = 4 + sizeof(emv::Token);
constexpr std::size_t kHeaderBytes = 8 + 8;

void AppendNumber(Bytes& out, std::uint64_t number, int octets) {
  for (int i = octets - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(number >> 8 * i));
}

std::uint64_t NumberAt(ByteView octets, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (const std::uint8_t octet : octets.subspan(at, size)) number = number << 8 | octet;
  return number;
}

Error Failed(const std::string& path) {
  return Error(kBadDenyListFile, std::strerror(errno), path);
}

Result<void> WriteSynced(const std::string& path, ByteView octets) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Failed(path);
  std::size_t written = 0;
  while (written < octets.size()) {
    const ssize_t n = write(file, octets.data() + written, octets.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  const bool synced = written == octets.size() && fsync(file) == 0;
  const Error failed = Failed(path);
  close(file);
  if (!synced) return failed;
  return {};
}

Result<void> SyncFolder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && fsync(fd) == 0;
  const Error failed = Failed(folder);
  if (fd >= 0) close(fd);
  if (!synced) return failed;
  return {};
}

}  // namespace

Result<DenyListFile::Kept> DenyListFile::Read() const {
  Kept kept;
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) {
    if (errno == ENOENT) return kept;
    return Failed(path_);
  }
  std::ifstream in(path_, std::ios::binary);
  const Bytes octets((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::size_t around = kHeaderBytes + sizeof(Sha256Digest);
  if (octets.size() < around || (octets.size() - around) % kEntryBytes != 0 ||
      !std::equal(kMagic.begin(), kMagic.end(), octets.begin())) {
    return Error(kBadDenyListFile, "this is no deny list of version 1", path_);
  }
  const ByteView covered = ByteView(octets).first(octets.size() - sizeof(Sha256Digest));
  if (!std::ranges::equal(Sha256(covered), ByteView(octets).subspan(covered.size()))) {
    return Error(kBadDenyListFile, "its checksum does not fit", path_);
  }
  std::vector<emv::DeniedToken> tokens;
  for (std::size_t at = kHeaderBytes; at < covered.size(); at += kEntryBytes) {
    emv::DeniedToken& token = tokens.emplace_back();
    token.token_epoch = static_cast<std::uint32_t>(NumberAt(covered, at, 4));
    std::ranges::copy(covered.subspan(at + 4, token.token.size()), token.token.begin());
  }
  kept.list = std::make_shared<const emv::DenyList>(
      emv::DenyList::FromSnapshot(NumberAt(covered, kMagic.size(), 8), std::move(tokens)));
  kept.confirmed.unix_ms =
      std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
  return kept;
}

Result<void> DenyListFile::Write(const emv::DenyList& list, Instant confirmed) const {
  Bytes octets = kMagic;
  octets.reserve(kHeaderBytes + list.size() * kEntryBytes + sizeof(Sha256Digest));
  AppendNumber(octets, list.epoch(), 8);
  for (const emv::DeniedToken& token : list.tokens()) {
    AppendNumber(octets, token.token_epoch, 4);
    octets.insert(octets.end(), token.token.begin(), token.token.end());
  }
  const Sha256Digest checksum = Sha256(octets);
  octets.insert(octets.end(), checksum.begin(), checksum.end());
  const std::string next = path_ + ".next";
  PLAZA_RETURN_IF_ERROR(WriteSynced(next, octets));
  if (std::rename(next.c_str(), path_.c_str()) != 0) return Failed(path_);
  PLAZA_RETURN_IF_ERROR(SyncFolder(std::filesystem::path(path_).parent_path()));
  return Confirm(confirmed);
}

Result<void> DenyListFile::Confirm(Instant at) const {
  const timespec time{at.unix_ms / 1000, at.unix_ms % 1000 * 1'000'000};
  const timespec times[] = {time, time};
  if (utimensat(AT_FDCWD, path_.c_str(), times, 0) != 0) return Failed(path_);
  return {};
}

}  // namespace plaza::validator
