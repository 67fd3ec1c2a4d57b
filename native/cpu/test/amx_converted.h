#pragma once

#include "descent_cpu.h"

extern "C" {
DESCENT_CPU_BY_TILES(amx_converted)
DESCENT_CPU_BY_FORMS(amx_converted)
}
