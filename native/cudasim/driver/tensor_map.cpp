// Tensor maps, for bulk copies of boxes of a matrix.
#include <cstring>

#include "../include/cudasim/bulk_copy.h"
#include "driver.h"

using namespace cudasim::driver;

namespace {

// As the driver numbers them.
constexpr int kBfloat16 = 9, kFloat32 = 7, kTf32 = 11, kNoSwizzle = 0, kSwizzle128 = 3, kLargestPromotion = 3;
constexpr uint64_t kLargestSize = uint64_t(1) << 32, kLargestPitch = uint64_t(1) << 40;
constexpr uint32_t kLargestBox = 256, kSwizzleBytes = 128;

}  // namespace

// What is wrong by the driver's documentation is an invalid value, and what is not simulated is not supported.
CUDA_API cuTensorMapEncodeTiled(void* result, int type, unsigned rank, void* address, const uint64_t* size,
                                const uint64_t* pitch, const uint32_t* box, const uint32_t* step, int interleave,
                                int swizzle, int promotion, int fill) {
  LOCKED
  if (settings().compute_capability < 90) RETURN(ERROR_NOT_SUPPORTED, "compute capability 9.0 has tensor maps");
  if (rank != 2 || interleave || fill || (type != kBfloat16 && type != kFloat32 && type != kTf32) ||
      (swizzle != kNoSwizzle && swizzle != kSwizzle128)) {
    RETURN(ERROR_NOT_SUPPORTED, "matrices of bf16, float and tf32, in the 128-byte swizzle or none");
  }
  if (!result || !address || !size || !pitch || !box || !step) RETURN(ERROR_INVALID_VALUE, "a null pointer");
  if (reinterpret_cast<uintptr_t>(result) % 64) RETURN(ERROR_INVALID_VALUE, "the map is not aligned to 64 bytes");
  if (reinterpret_cast<uintptr_t>(address) % 16) RETURN(ERROR_INVALID_VALUE, "the matrix does not start on 16 bytes");
  cudasim::EncodedTensorMap map{};
  map.mark = cudasim::EncodedTensorMap::kMark;
  map.element_bytes = type == kBfloat16 ? 2 : 4;
  map.rounds_to_tf32 = type == kTf32;
  map.swizzles = swizzle == kSwizzle128;
  map.rank = 2;
  map.address = reinterpret_cast<uintptr_t>(address);
  map.pitch = pitch[0];
  for (int i = 0; i < 2; i++) {
    if (size[i] == 0 || size[i] > kLargestSize) RETURN(ERROR_INVALID_VALUE, "the matrix's size");
    if (box[i] == 0 || box[i] > kLargestBox) RETURN(ERROR_INVALID_VALUE, "the box's size");
    if (step[i] != 1) RETURN(step[i] == 0 || step[i] > 8 ? ERROR_INVALID_VALUE : ERROR_NOT_SUPPORTED, "the step");
    map.size[i] = size[i];
    map.box[i] = box[i];
  }
  if (map.pitch % 16 || map.pitch >= kLargestPitch || map.pitch < size[0] * map.element_bytes) {
    RETURN(ERROR_INVALID_VALUE, "rows do not start on 16 bytes, or overlap");
  }
  uint32_t row = map.box[0] * map.element_bytes;
  if (row % 16 || (map.swizzles && row > kSwizzleBytes)) RETURN(ERROR_INVALID_VALUE, "a row of the box");
  if (promotion < 0 || promotion > kLargestPromotion) RETURN(ERROR_INVALID_VALUE, "the promotion");
  std::memset(result, 0, 128);
  std::memcpy(result, &map, sizeof map);
  return SUCCESS;
}
