// What can be known of a statement from its text alone. Internal to libs/store.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace plaza::store {

// The distinct `:name` parameters in the order of first use; literals, quoted names and comments
// are skipped.
std::vector<std::string> ParameterNames(std::string_view sql);

// The statements of a migration: split at a `;` that ends a line, outside of literals; blank ones
// are left out.
std::vector<std::string> SplitStatements(std::string_view script);

}  // namespace plaza::store
