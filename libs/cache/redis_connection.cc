#include "libs/cache/redis_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "libs/cache/errors.h"
#include "libs/cache/limits.h"

namespace plaza::cache {
namespace {

constexpr std::size_t kErrorWordCharsMax = 32;

// We ask for no array, and one that a liar announces would be allocated before it arrives.
void* RefuseArray(const redisReadTask*, int) { return nullptr; }

redisReplyObjectFunctions WithoutArrays(const redisReplyObjectFunctions& all) {
  redisReplyObjectFunctions some = all;
  some.createArray = RefuseArray;
  return some;
}

bool IsExpected(const redisReply& reply, Expect expect) {
  if (reply.type == REDIS_REPLY_ERROR) return true;
  switch (expect) {
    case Expect::kValue:
      return reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_NIL;
    case Expect::kNumber:
      return reply.type == REDIS_REPLY_INTEGER;
    case Expect::kStatus:
      return reply.type == REDIS_REPLY_STATUS;
  }
  return false;
}

// In Redis's protocol (RESP2): an array of strings.
void AppendCommand(const Command& command, std::string& out) {
  out += "*" + std::to_string(command.words.size()) + "\r\n";
  for (const std::string_view word : command.words) {
    out += "$" + std::to_string(word.size()) + "\r\n";
    out.append(word).append("\r\n");
  }
}

Error Away(const std::string& what) { return Error(kCacheAway, what); }

}  // namespace

// Of the text the first word only: the rest may quote a value.
Error ReplyError(const redisReply& reply) {
  const std::string_view text(reply.str, reply.len);
  const bool not_ours =
      text.starts_with("WRONGTYPE") || text.find("not an integer") != std::string_view::npos;
  const std::string word(text.substr(0, std::min(text.find(' '), kErrorWordCharsMax)));
  return Error(not_ours ? kCacheLied : kCacheRefused, "Redis says " + word);
}

Result<std::unique_ptr<RedisConnection>> RedisConnection::Connect(const std::string& host, int port,
                                                                  std::span<const Command> greeting,
                                                                  Deadline deadline) {
  redisContext* context = redisConnectNonBlock(host.c_str(), port);
  if (context == nullptr) return Away("out of memory");
  std::unique_ptr<RedisConnection> connection(new RedisConnection(context));
  if (context->err != 0) return Away(context->errstr);
  static redisReplyObjectFunctions functions = WithoutArrays(*context->reader->fn);
  context->reader->fn = &functions;
  PLAZA_RETURN_IF_ERROR(connection->Await(POLLOUT, deadline));
  int failed = 0;
  socklen_t size = sizeof failed;
  getsockopt(context->fd, SOL_SOCKET, SO_ERROR, &failed, &size);
  if (failed != 0) return Away(std::strerror(failed));
  PLAZA_ASSIGN_OR_RETURN(const std::vector<Reply> replies,
                         connection->Run(greeting, kShortReplyBytesMax, deadline));
  for (const Reply& reply : replies) {
    if (reply->type == REDIS_REPLY_ERROR) return ReplyError(*reply);
  }
  return connection;
}

Result<std::vector<Reply>> RedisConnection::Run(std::span<const Command> commands,
                                                std::size_t reply_bytes_max, Deadline deadline) {
  std::string out;
  for (const Command& command : commands) AppendCommand(command, out);
  PLAZA_RETURN_IF_ERROR(Send(out, deadline));
  std::size_t bytes_left = commands.size() * reply_bytes_max;
  std::vector<Reply> replies;
  replies.reserve(commands.size());
  for (const Command& command : commands) {
    PLAZA_ASSIGN_OR_RETURN(Reply reply, Read(bytes_left, deadline));
    if (!IsExpected(*reply, command.expect)) {
      return Error(kCacheLied, "a reply of type " + std::to_string(reply->type) + " to " +
                                   std::string(command.words.front()));
    }
    replies.push_back(std::move(reply));
  }
  return replies;
}

bool RedisConnection::Stale() const {
  if (context_->reader->pos < context_->reader->len) return true;
  pollfd one{context_->fd, POLLIN, 0};
  return poll(&one, 1, 0) != 0;
}

Result<void> RedisConnection::Await(short events, Deadline deadline) const {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Error(kCacheSlow, "no answer in time");
    pollfd one{context_->fd, events, 0};
    const int ready = poll(&one, 1, static_cast<int>(left.count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Away(std::strerror(errno));
  }
}

// Not hiredis's own: its write() raises SIGPIPE when the far side has gone.
Result<void> RedisConnection::Send(std::string_view octets, Deadline deadline) const {
  while (!octets.empty()) {
    const ssize_t sent = send(context_->fd, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      octets.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      PLAZA_RETURN_IF_ERROR(Await(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return Away(std::strerror(errno));
    }
  }
  return {};
}

Result<Reply> RedisConnection::Read(std::size_t& bytes_left, Deadline deadline) {
  while (true) {
    void* reply = nullptr;
    if (redisGetReplyFromReader(context_.get(), &reply) != REDIS_OK) {
      return Error(kCacheLied, context_->errstr);
    }
    if (reply != nullptr) return Reply(static_cast<redisReply*>(reply));
    if (bytes_left == 0) return Error(kCacheLied, "a longer answer than was asked for");
    PLAZA_RETURN_IF_ERROR(Await(POLLIN, deadline));
    const std::size_t before = context_->reader->len;
    if (redisBufferRead(context_.get()) != REDIS_OK) return Away(context_->errstr);
    bytes_left -= std::min(bytes_left, context_->reader->len - before);
  }
}

}  // namespace plaza::cache
