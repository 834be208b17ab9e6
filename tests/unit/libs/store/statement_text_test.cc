#include "libs/store/statement_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plaza::store {
namespace {

using Texts = std::vector<std::string>;

TEST(ParameterNames, AreThoseOutsideOfLiteralsAndComments) {
  const struct {
    const char* sql;
    Texts names;
  } table[] = {
      {"", {}},
      {"SELECT 1", {}},
      {"SELECT :a, :b_2, :a", {"a", "b_2"}},
      {"SELECT ':a', \":b\", :c", {"c"}},
      {"SELECT 'it''s :a', :b", {"b"}},
      {"SELECT :a -- :b\n, :c", {"a", "c"}},
      {"SELECT 'open :a", {}},
      {"SELECT :", {}},
      {"SELECT - :a", {"a"}},
  };
  for (const auto& row : table) EXPECT_EQ(ParameterNames(row.sql), row.names) << row.sql;
}

TEST(SplitStatements, CutsWhereASemicolonEndsALine) {
  const struct {
    const char* script;
    Texts statements;
  } table[] = {
      {"", {}},
      {" \n;\n-- nothing\n", {}},
      {"A", {"A"}},
      {"A;", {"A"}},
      {"A;\nB;\n", {"A", "\nB"}},
      {"A;\r\nB", {"A", "\r\nB"}},
      {"A ';\n' B;\nC", {"A ';\n' B", "\nC"}},
      {"A; B", {"A; B"}},
      {"-- x;\nA", {"-- x;\nA"}},
  };
  for (const auto& row : table)
    EXPECT_EQ(SplitStatements(row.script), row.statements) << row.script;
}

}  // namespace
}  // namespace plaza::store
