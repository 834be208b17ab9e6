#include "libs/runtime/config.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "libs/runtime/errors.h"

namespace plaza::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Environment = std::map<std::string, std::string>;

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "plaza_config_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    config_.AddText("fare.tariff_dir", &tariff_dir_, "where the tariff lies");
    config_.AddInt("server.workers", &workers_, 1, 64, "threads");
    config_.AddBool("server.reflection", &reflection_, "development only");
    config_.AddSecret("vault.storage_key", &key_, "in hex");
  }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& text) {
    const std::string path = folder_ + "/plaza.toml";
    std::ofstream(path) << text;
    return path;
  }
  Error Fails(const std::vector<std::string>& args, const std::string& file = "",
              const Environment& environment = {}) {
    const auto loaded = config_.Load(args, file, environment);
    EXPECT_FALSE(loaded.ok());
    return loaded.ok() ? Error(kBadValue, "no error") : loaded.error();
  }

  std::string folder_;
  Config config_;
  std::string tariff_dir_ = "data/guadalajara";
  std::int64_t workers_ = 2;
  bool reflection_ = false;
  std::string key_ = "abc";
};

constexpr char kFile[] = R"(# a comment
[fare]
tariff_dir = "from file"

[server]
workers = 3
reflection = true
)";

TEST_F(ConfigTest, DefaultsStayWhenNothingIsGiven) {
  ASSERT_TRUE(config_.Load({}, "", {}).ok());
  EXPECT_EQ(tariff_dir_, "data/guadalajara");
  EXPECT_THAT(config_.Print(), HasSubstr("server.workers = 2  # default"));
}

TEST_F(ConfigTest, TheLaterSourceWins) {
  const std::string file = Write(kFile);
  const Environment environment{{"PLAZA_FARE_TARIFF_DIR", "from environment"}, {"HOME", "/"}};
  struct Case {
    std::vector<std::string> args;
    Environment environment;
    std::string tariff_dir;
    std::string origin;
  };
  for (const Case& c :
       {Case{{}, {}, "from file", "file " + file + ":3"},
        Case{{}, environment, "from environment", "environment PLAZA_FARE_TARIFF_DIR"},
        Case{
            {"--fare.tariff_dir", "from flag"}, environment, "from flag", "flag --fare.tariff_dir"},
        Case{{"--fare.tariff_dir=from flag"}, {}, "from flag", "flag --fare.tariff_dir"}}) {
    const auto loaded = config_.Load(c.args, file, c.environment);
    ASSERT_TRUE(loaded.ok()) << loaded.error().ToString();
    EXPECT_EQ(tariff_dir_, c.tariff_dir);
    EXPECT_THAT(config_.Print(),
                HasSubstr("fare.tariff_dir = \"" + c.tariff_dir + "\"  # " + c.origin));
    EXPECT_EQ(workers_, 3);
    EXPECT_TRUE(reflection_);
  }
}

TEST_F(ConfigTest, ANamedFileReplacesTheDefaultOne) {
  const std::string other = folder_ + "/other.toml";
  std::ofstream(other) << "[server]\nworkers = 9\n";
  ASSERT_TRUE(config_.Load({"--config", other}, Write(kFile), {}).ok());
  EXPECT_EQ(workers_, 9);
  EXPECT_EQ(tariff_dir_, "data/guadalajara");
}

TEST_F(ConfigTest, ADefaultFileMayBeMissingANamedOneMayNot) {
  EXPECT_TRUE(config_.Load({}, folder_ + "/none.toml", {}).ok());
  const Error error = Fails({"--config", folder_ + "/none.toml"});
  EXPECT_TRUE(error.Is(kNoSuchFile));
  EXPECT_THAT(error.ToString(), HasSubstr(folder_ + "/none.toml"));
  EXPECT_TRUE(Fails({"--config", folder_}).Is(kNoSuchFile));
}

TEST_F(ConfigTest, UnknownKeysAreNamedWithTheNearestOne) {
  struct Case {
    std::vector<std::string> args;
    std::string file;
    Environment environment;
    std::string key;
    std::string nearest;
    std::string where;
  };
  for (const Case& c :
       {Case{{}, "\n[fare]\ntarif_dir = \"x\"\n", {}, "fare.tarif_dir", "fare.tariff_dir", ":3"},
        Case{{}, "[server]\nworker = 1\n", {}, "server.worker", "server.workers", ":2"},
        Case{{},
             "",
             {{"PLAZA_SERVER_WORKRES", "1"}},
             "PLAZA_SERVER_WORKRES",
             "PLAZA_SERVER_WORKERS",
             "environment"},
        Case{{"--server.wrokers=1"}, "", {}, "--server.wrokers", "--server.workers", "flags"},
        Case{{"stray"}, "", {}, "stray", "", "flags"}}) {
    const Error error = Fails(c.args, Write(c.file), c.environment);
    EXPECT_TRUE(error.Is(kUnknownKey)) << error.ToString();
    EXPECT_THAT(error.what(), HasSubstr("no key " + c.key));
    EXPECT_THAT(error.what(), HasSubstr(c.nearest));
    EXPECT_THAT(error.where(), HasSubstr(c.where));
  }
}

TEST_F(ConfigTest, VariablesOfOtherSectionsAreNotForUs) {
  EXPECT_TRUE(config_.Load({}, "", {{"PLAZA_JOBS", "2"}, {"PLAZA_TEST_TZ", "UTC"}}).ok());
}

TEST_F(ConfigTest, BadValuesSayWhatTheKeyTakes) {
  struct Case {
    std::string file;
    std::string says;
  };
  for (const Case& c :
       {Case{"[server]\nworkers = \"many\"\n", "from 1 to 64, not 'many'"},
        Case{"[server]\nworkers = 0\n", "not '0'"}, Case{"[server]\nworkers = 65\n", "not '65'"},
        Case{"[server]\nworkers = 3.5\n", "not '3.5'"},
        Case{"[server]\nworkers = [1, 2]\n", "one value"},
        Case{"[server]\nreflection = \"maybe\"\n", "true or false, not 'maybe'"}}) {
    const std::string path = Write(c.file);
    const Error error = Fails({}, path);
    EXPECT_TRUE(error.Is(kBadValue)) << error.ToString();
    EXPECT_THAT(error.what(), HasSubstr(c.says));
    EXPECT_THAT(error.where(), HasSubstr(path + ":2"));
  }
  EXPECT_TRUE(Fails({"--server.workers"}).Is(kBadValue));  // no value
}

TEST_F(ConfigTest, SecretsAreMaskedWhereverTheyCameFrom) {
  ASSERT_TRUE(config_.Load({}, "", {{"PLAZA_VAULT_STORAGE_KEY", "00112233"}}).ok());
  EXPECT_EQ(key_, "00112233");
  EXPECT_THAT(config_.Print(), HasSubstr("vault.storage_key = ****"));
  EXPECT_THAT(config_.Print(), Not(HasSubstr("0011")));
}

TEST_F(ConfigTest, SwitchesAndQuestions) {
  ASSERT_TRUE(config_.Load({"--server.reflection", "--print-config", "--help"}, "", {}).ok());
  EXPECT_TRUE(reflection_);
  EXPECT_TRUE(config_.print_requested());
  EXPECT_TRUE(config_.help_requested());
  EXPECT_THAT(config_.Help(), HasSubstr("PLAZA_FARE_TARIFF_DIR"));
}

TEST(ProcessEnvironmentTest, HasWhatWasSet) {
  setenv("PLAZA_CONFIG_TEST", "a=b", 1);
  EXPECT_EQ(ProcessEnvironment()["PLAZA_CONFIG_TEST"], "a=b");
}

}  // namespace
}  // namespace plaza::runtime
