// The same with tiles in plain C++, for tests: it gives the bits of AMX on any processor with AVX2.
#define DESCENT_AMX_TWIN
#include "amx_product.h"

DESCENT_CPU_TILES(amx_twin, descent_cpu_avx2_multiply)
