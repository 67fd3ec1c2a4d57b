// Runs every kernel of kernels/cuda on the first CUDA device, on small and odd shapes, against results
// computed in float64 here. Needs the driver alone, so that compute-sanitizer has nothing but the kernels to
// watch; the simulator's driver does as well.
//
//   kernel-check [--as-it-comes] [--brief] [--launches] [--log FILE] IMAGES [FAMILY...]
//
//   IMAGES         a folder of NAME.fatbin or of NAME.ptx
//   FAMILY         a file of kernels, such as matmul; default: all
//   --as-it-comes  leaves memory for results as the driver gives it, so that compute-sanitizer's initcheck
//                  sees what was read before anybody wrote it; else it is full of what is not a number
//   --brief        products of a third of the shapes
//   --launches     measures what a launch costs instead
//   --log FILE     adds a JSON object a line
//
// Exit status: 0 all right, 1 something is wrong, 2 wrong usage, 77 there is nothing to run on.
#include <algorithm>

#include "checks.h"
#include "launches.h"

namespace {

constexpr int kNothingToRunOn = 77;

struct Family {
  const char* name;
  void (*check)(driver::Device&);
  int least, most = 1000;  // compute capability times 10
};

constexpr Family kFamilies[] = {
    {"augment", checks::augment, 0},         {"ceilings", checks::ceilings, 0},
    {"columns", checks::columns, 0},         {"elementwise", checks::elementwise, 0},
    {"gather", checks::gather, 0},           {"head", checks::heads, 0},
    {"images", checks::images, 0},
    {"losses", checks::losses, 0},           {"matmul", checks::products, 0},
    {"matmul_bf16", checks::bf16_products, checks::kTensorCores},
    {"matmul_tf32", checks::tf32_products, checks::kTensorCores},
    {"matmul_wgmma.sm_90a", checks::wgmma_products, checks::kWgmma, checks::kWgmma},
    {"normalisation", checks::normalisation, 0}, {"persistent", checks::persistent_steps, 0},
    {"rows", checks::rows, 0},
    {"updates", checks::updates, 0}};

struct Options {
  std::string images, log;
  std::vector<std::string> families;
  bool as_it_comes = false, launches = false;
};

int usage(const std::string& wrong) {
  std::fprintf(stderr,
               "kernel-check: %s\n"
               "usage: kernel-check [--as-it-comes] [--brief] [--launches] [--log FILE] IMAGES [FAMILY...]\n",
               wrong.c_str());
  return 2;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) >= ' ') result += c;
  }
  return result + "\"";
}

void log_line(const Options& options, const driver::Device& device, const std::string& members) {
  if (options.log.empty()) return;
  std::FILE* file = std::fopen(options.log.c_str(), "a");
  check(file != nullptr, "cannot write " + options.log);
  if (!file) return;
  std::fprintf(file, "{%s,\"device\":%s,\"simulator\":%s}\n", members.c_str(), quoted(device.name()).c_str(),
               device.is_simulator() ? "true" : "false");
  std::fclose(file);
}

// Checks a family, and that none of its kernels was forgotten.
void check_family(driver::Device& device, const Options& options, const std::string& name) {
  auto family = std::find_if(std::begin(kFamilies), std::end(kFamilies),
                             [&](const Family& f) { return name == f.name; });
  if (family == std::end(kFamilies)) {
    check(false, name + ": nobody has written checks of these kernels");
    return;
  }
  if (device.capability() < family->least || device.capability() > family->most) {
    std::printf("skipped  %s: needs compute capability %d.%d%s\n", family->name, family->least / 10, family->least % 10,
                family->most == family->least ? "" : " or later");
    return;
  }
  int before = failures, launches = 0, kernels = 0;
  family->check(device);
  for (const std::string& kernel : device.kernels(name)) {
    bool lacks = device.capability() < checks::kTensorCores &&
                 (kernel.find("tf32") != std::string::npos || kernel.find("bf16") != std::string::npos);
    int each = device.launches(kernel);
    check(each > 0 || lacks, name + ": nobody has written a check of " + kernel);
    launches += each;
    kernels += each > 0;
  }
  const char* verdict = failures == before ? "passed" : "failed";
  std::printf("%s  %s: %d kernels, %d launches\n", verdict, family->name, kernels, launches);
  std::fflush(stdout);
  log_line(options, device, "\"event\":\"kernels\",\"family\":" + quoted(name) + ",\"status\":\"" + verdict +
                                "\",\"kernels\":" + std::to_string(kernels) +
                                ",\"launches\":" + std::to_string(launches));
}

void measure_launches(driver::Device& device, const Options& options) {
  if (device.is_simulator()) {
    // What runs on the processor says nothing of a GPU; that it runs is checked.
    checks::launch_costs(device);
    std::printf("launches run; what they cost is not measured on a simulator\n");
    return;
  }
  checks::LaunchCosts costs = checks::launch_costs(device);
  std::printf(
      "launches, us a kernel: %.2f in a stream (the host's call %.2f), %.2f in a graph of %d (the host's call "
      "%.2f a graph)\n",
      costs.stream, costs.call, costs.graph, checks::kGraphKernels, costs.graph_call);
  char members[256];
  std::snprintf(members, sizeof members,
                "\"event\":\"launches\",\"streamMicroseconds\":%.3f,\"callMicroseconds\":%.3f,"
                "\"graphMicroseconds\":%.3f,\"graphKernels\":%d,\"graphCallMicroseconds\":%.3f",
                costs.stream, costs.call, costs.graph, checks::kGraphKernels, costs.graph_call);
  log_line(options, device, members);
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; i++) {
    std::string argument = arguments[i];
    if (argument == "--as-it-comes") {
      options.as_it_comes = true;
    } else if (argument == "--brief") {
      checks::brief = true;
    } else if (argument == "--launches") {
      options.launches = true;
    } else if (argument == "--log") {
      if (++i == count) return usage("--log needs a file");
      options.log = arguments[i];
    } else if (argument.rfind("--", 0) == 0) {
      return usage("unknown: " + argument);
    } else if (options.images.empty()) {
      options.images = argument;
    } else {
      options.families.push_back(argument);
    }
  }
  if (options.images.empty()) return usage("needs a folder of kernels");

  driver::Device device(options.images);
  if (!device.missing().empty()) {
    std::printf("%s\n", device.missing().c_str());
    return kNothingToRunOn;
  }
  std::printf("device: %s%s\n", device.describe().c_str(), device.is_simulator() ? " (A SIMULATOR, NO GPU)" : "");
  if (options.launches) {
    measure_launches(device, options);
    return result();
  }
  std::vector<std::string> there = device.families();
  for (const std::string& family : options.families) {
    if (std::find(there.begin(), there.end(), family) == there.end()) {
      return usage("no kernels " + family + " in " + options.images);
    }
  }
  driver::poison_results = !options.as_it_comes;
  for (const std::string& family : options.families.empty() ? there : options.families) {
    check_family(device, options, family);
  }
  return result();
}
