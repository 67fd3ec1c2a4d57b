// Stands where the toolkit's header of this name stands.
#pragma once
#include "cudasim/vectors.h"
#include "cudasim/bfloat16.h"
