#include "libs/base/check.h"
#include "libs/store/db.h"

namespace plaza::store {

bool Row::IsNull(std::size_t column) const {
  PLAZA_CHECK(column < values_.size());
  return std::holds_alternative<std::monostate>(values_[column]);
}

std::int64_t Row::Int(std::size_t column) const {
  PLAZA_CHECK(column < values_.size());
  const auto* value = std::get_if<std::int64_t>(&values_[column]);
  PLAZA_CHECK(value != nullptr);
  return *value;
}

const std::string& Row::Text(std::size_t column) const {
  PLAZA_CHECK(column < values_.size());
  const auto* value = std::get_if<std::string>(&values_[column]);
  PLAZA_CHECK(value != nullptr);
  return *value;
}

const std::string& Row::Bytes(std::size_t column) const {
  PLAZA_CHECK(column < values_.size());
  const auto* value = std::get_if<Blob>(&values_[column]);
  PLAZA_CHECK(value != nullptr);
  return value->bytes;
}

std::optional<Row> Tx::QueryOne(std::string_view sql, std::initializer_list<Param> params,
                                Shape shape) {
  std::optional<Row> first;
  Query(sql, params, shape, [&](const Row& row) {
    if (!first.has_value()) first = row;
  });
  return first;
}

}  // namespace plaza::store
