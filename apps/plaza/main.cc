#include <string>

#include "apps/plaza/cli.h"
#include "libs/runtime/process.h"

int main(int argc, char** argv) {
  plaza::runtime::BlockSignals();
  return plaza::RunCli(plaza::Args(argv + 1, argv + argc));
}
