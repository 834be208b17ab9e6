// Messages to and from gRPC's byte buffers. Internal to libs/rpc: it includes grpcpp.
#pragma once
#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>

namespace plaza::rpc {

inline void ToByteBuffer(const google::protobuf::Message& message, grpc::ByteBuffer& buffer) {
  grpc::Slice slice(message.ByteSizeLong());
  // The slice is ours alone until it goes into the buffer.
  message.SerializeWithCachedSizesToArray(const_cast<std::uint8_t*>(slice.begin()));
  buffer = grpc::ByteBuffer(&slice, 1);
}

// False if the octets are not such a message. An empty buffer is an empty message.
inline bool FromByteBuffer(grpc::ByteBuffer& buffer, google::protobuf::Message& message) {
  if (!buffer.Valid()) return message.ParseFromArray("", 0);
  grpc::ProtoBufferReader reader(&buffer);
  return reader.status().ok() && message.ParseFromZeroCopyStream(&reader);
}

}  // namespace plaza::rpc
