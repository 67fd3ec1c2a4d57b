// The matrix product in bfloat16 by the tiles of AMX.
#include "amx_product.h"

DESCENT_CPU_TILES(amx, descent_cpu_avx512_multiply)
