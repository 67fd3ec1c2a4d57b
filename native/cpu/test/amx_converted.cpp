// The twin of AMX with operands converted as for AMX, by AVX512_BF16, which more processors have: for tests alone.
#define DESCENT_AMX_TWIN
#include "amx_converted.h"

#include "amx_product.h"

DESCENT_CPU_TILES(amx_converted, descent_cpu_avx512_multiply)
