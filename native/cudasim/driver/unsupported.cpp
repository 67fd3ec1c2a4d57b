// The other functions that JCuda's library names. It binds them when they are called, and a program ends
// when one is missing; here the call says so and answers "not supported".
#include <cstdio>

#include "result.h"

#define UNSUPPORTED(name)                                                              \
  extern "C" __attribute__((visibility("default"))) int name() {                       \
    std::fprintf(stderr, "cudasim: %s is not simulated\n", #name);                     \
    return cudasim::driver::ERROR_NOT_SUPPORTED;                                       \
  }
#include "unsupported.inc"
