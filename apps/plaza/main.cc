#include <string>

#include "apps/plaza/cli.h"

int main(int argc, char** argv) { return plaza::RunCli(plaza::Args(argv + 1, argv + argc)); }
