#include "memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "../runtime/sanitizer.h"
#include "settings.h"

namespace cudasim::driver {

namespace {

constexpr size_t kAlignment = 512;

// Stands on both sides of an allocation and must stay there. The sanitizer does without, since it
// watches the very bytes.
constexpr size_t kGuard = CUDASIM_ASAN ? 0 : kAlignment;
constexpr unsigned char kGuardByte = 0xa5;

size_t rounded(size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

bool intact(const unsigned char* guard) {
  return std::all_of(guard, guard + kGuard, [](unsigned char c) { return c == kGuardByte; });
}

// The entry around [start, start + size), or the end.
template <typename M>
auto around(M& map, uintptr_t start, size_t size) {
  auto entry = map.upper_bound(start);
  if (entry == map.begin()) return map.end();
  --entry;
  size_t offset = start - entry->first;
  bool inside = offset <= entry->second.size && size <= entry->second.size - offset;
  return inside ? entry : map.end();
}

}  // namespace

Result Memory::allocate(size_t size, const Context* owner, DevicePointer& result) {
  Settings& s = settings();
  s.allocations++;
  if (size == 0) return ERROR_INVALID_VALUE;
  if (s.allocations == s.fail_allocation || size > s.largest_allocation || size > s.memory ||
      used_ + rounded(size) > s.memory) {
    return ERROR_OUT_OF_MEMORY;
  }
  void* memory;
  if (posix_memalign(&memory, kAlignment, kGuard + size + kGuard)) return ERROR_OUT_OF_MEMORY;
  auto* bytes = static_cast<unsigned char*>(memory);
  std::memset(bytes, kGuardByte, kGuard);
  std::memset(bytes + kGuard, kPoison, size);
  std::memset(bytes + kGuard + size, kGuardByte, kGuard);
  result = reinterpret_cast<uintptr_t>(bytes + kGuard);
  allocations_[uintptr_t(result)] = {size, owner};
  used_ += rounded(size);
  return SUCCESS;
}

void Memory::free(std::map<uintptr_t, Allocation>::iterator allocation) {
  auto* bytes = reinterpret_cast<unsigned char*>(allocation->first);
  std::memset(bytes, kPoison, allocation->second.size);
  std::free(bytes - kGuard);
  used_ -= rounded(allocation->second.size);
  allocations_.erase(allocation);
}

Result Memory::release(DevicePointer start) {
  if (!start) return SUCCESS;
  auto allocation = allocations_.find(uintptr_t(start));
  if (allocation == allocations_.end()) return ERROR_INVALID_VALUE;
  free(allocation);
  return SUCCESS;
}

void Memory::release_all(const Context* owner) {
  for (auto allocation = allocations_.begin(); allocation != allocations_.end();) {
    auto next = std::next(allocation);
    if (allocation->second.owner == owner) free(allocation);
    allocation = next;
  }
}

Result Memory::allocate_pinned(size_t size, void*& result) {
  Settings& s = settings();
  s.allocations++;
  if (size == 0) return ERROR_INVALID_VALUE;
  if (s.allocations == s.fail_allocation || size > s.largest_allocation) return ERROR_OUT_OF_MEMORY;
  if (posix_memalign(&result, 4096, size)) return ERROR_OUT_OF_MEMORY;
  std::memset(result, kPoison, size);
  pinned_[reinterpret_cast<uintptr_t>(result)] = {size, true};
  return SUCCESS;
}

Result Memory::release_pinned(void* start) {
  auto entry = pinned_.find(reinterpret_cast<uintptr_t>(start));
  if (entry == pinned_.end() || !entry->second.ours) return ERROR_INVALID_VALUE;
  pinned_.erase(entry);
  std::free(start);
  return SUCCESS;
}

Result Memory::pin(void* start, size_t size) {
  if (!start || !size) return ERROR_INVALID_VALUE;
  return pinned_.emplace(reinterpret_cast<uintptr_t>(start), Pinned{size, false}).second
             ? SUCCESS
             : ERROR_INVALID_VALUE;
}

Result Memory::unpin(void* start) {
  auto entry = pinned_.find(reinterpret_cast<uintptr_t>(start));
  if (entry == pinned_.end() || entry->second.ours) return ERROR_INVALID_VALUE;
  pinned_.erase(entry);
  return SUCCESS;
}

bool Memory::accessible(DevicePointer start, size_t size) const {
  uintptr_t address = uintptr_t(start);
  return around(allocations_, address, size) != allocations_.end() ||
         around(pinned_, address, size) != pinned_.end();
}

std::map<uintptr_t, size_t> Memory::accessible() const {
  std::map<uintptr_t, size_t> result;
  for (const auto& [start, allocation] : allocations_) result[start] = allocation.size;
  for (const auto& [start, pinned] : pinned_) result[start] = pinned.size;
  return result;
}

bool Memory::is_pinned(const void* start, size_t size) const {
  return around(pinned_, reinterpret_cast<uintptr_t>(start), size) != pinned_.end();
}

bool Memory::range(DevicePointer address, DevicePointer& start, size_t& size) const {
  auto entry = around(allocations_, uintptr_t(address), 0);
  if (entry == allocations_.end()) return false;
  start = entry->first;
  size = entry->second.size;
  return true;
}

std::string Memory::damage() const {
  if (kGuard == 0) return "";
  for (const auto& [start, allocation] : allocations_) {
    auto* bytes = reinterpret_cast<const unsigned char*>(start);
    bool before = intact(bytes - kGuard), after = intact(bytes + allocation.size);
    if (before && after) continue;
    return std::string("wrote ") + (before ? "past the end" : "before the start") +
           " of an allocation of " + std::to_string(allocation.size) + " bytes";
  }
  return "";
}

}  // namespace cudasim::driver
