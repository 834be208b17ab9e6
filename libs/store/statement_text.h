// What can be known of a statement from its text alone. Internal to libs/store.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace plaza::store {

// A `:name` parameter in a text: [begin, end) with its colon.
struct ParameterPlace {
  std::size_t begin;
  std::size_t end;
  std::string name;
};
// Every use of a parameter, in order; literals, quoted names and comments are skipped.
std::vector<ParameterPlace> ParameterPlaces(std::string_view sql);

// The distinct `:name` parameters in the order of first use; literals, quoted names and comments
// are skipped.
std::vector<std::string> ParameterNames(std::string_view sql);

// The statements of a migration: split at a `;` that ends a line, outside of literals; blank ones
// are left out.
std::vector<std::string> SplitStatements(std::string_view script);

// The database of a statement that is for one of them only, from a comment "-- only: NAME" before
// it; empty if it is for all.
std::string OnlyDialect(std::string_view statement);

}  // namespace plaza::store
