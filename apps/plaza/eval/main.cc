// plaza-eval: `plaza eval` and `plaza vectors` alone, without gRPC or any service.
#include <iostream>
#include <string>
#include <vector>

#include "apps/plaza/eval/vectors.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const plaza::eval::Registry registry = plaza::eval::AllOps();
  if (args.size() >= 2 && args[0] == "vectors") {
    return plaza::eval::RunVectors(registry, {args.begin() + 1, args.end()}, std::cout);
  }
  if (args.empty() || (args.size() == 1 && args[0] == "eval")) {
    plaza::eval::RunEval(registry, std::cin, std::cout);
    return 0;
  }
  std::cerr << "usage: plaza-eval [eval] < questions.jsonl\n       plaza-eval vectors FILE...\n";
  return 2;
}
