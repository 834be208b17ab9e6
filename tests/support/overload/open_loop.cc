#include "tests/support/overload/open_loop.h"

#include <fstream>
#include <iterator>
#include <latch>
#include <memory>
#include <thread>

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "libs/base/check.h"

namespace plaza::testing {
namespace {

using Clock = std::chrono::steady_clock;
using Stub = grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer>;

std::string Text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// gRPC 1.51 ends its callback threads with the last channel, and does itself harm if one of those
// threads drops it: a call's own reference goes after its callback. So one is kept for good.
void KeepCallbackThreads(const std::shared_ptr<grpc::Channel>& channel) {
  [[maybe_unused]] static const auto* const kept = new std::shared_ptr<grpc::Channel>(channel);
}

std::vector<std::unique_ptr<Stub>> Connect(const OpenLoop& options) {
  const auto credentials = grpc::SslCredentials({.pem_root_certs = Text(options.tls.ca_pem),
                                                 .pem_private_key = Text(options.tls.key_pem),
                                                 .pem_cert_chain = Text(options.tls.cert_pem)});
  std::vector<std::unique_ptr<Stub>> stubs;
  for (int i = 0; i < options.connections; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("localhost");
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // else channels share a connection
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    const auto channel = grpc::CreateCustomChannel(options.address, credentials, arguments);
    PLAZA_CHECK(channel->WaitForConnected(std::chrono::system_clock::now() + options.timeout));
    KeepCallbackThreads(channel);
    stubs.push_back(std::make_unique<Stub>(channel));
  }
  return stubs;
}

// One under way.
struct Call {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  Clock::time_point began;
};

std::string ToText(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

}  // namespace

std::vector<OpenLoopAnswer> SendOpenLoop(const OpenLoop& options,
                                         const std::vector<std::string>& requests) {
  const auto stubs = Connect(options);
  const std::vector<grpc::Slice> slices(requests.begin(), requests.end());
  std::vector<OpenLoopAnswer> answers(options.calls > 0 ? options.calls : slices.size());
  std::latch left(static_cast<std::ptrdiff_t>(answers.size()));
  const auto begin = Clock::now();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (options.calls_per_second > 0) {
      const std::chrono::duration<double> due(static_cast<double>(i) / options.calls_per_second);
      std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(due));
    }
    const auto call = std::make_shared<Call>();
    call->context.set_deadline(std::chrono::system_clock::now() + options.timeout);
    call->request = grpc::ByteBuffer(&slices[i % slices.size()], 1);
    call->began = Clock::now();
    stubs[i % stubs.size()]->UnaryCall(
        &call->context, options.path, {}, &call->request, &call->response,
        [call, &options, &answer = answers[i], &left](const grpc::Status& status) {
          answer.took = Clock::now() - call->began;
          answer.code = static_cast<int>(status.error_code());
          answer.message = status.error_message();
          if (status.ok()) answer.response = ToText(call->response);
          if (options.on_answer) options.on_answer(answer.code);
          left.count_down();
        });
  }
  left.wait();
  return answers;
}

}  // namespace plaza::testing
