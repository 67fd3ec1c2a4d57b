#include "ptxsim_test.h"

#include "../block.h"

namespace {

std::string text(const std::string& body, size_t input_bytes, size_t output_bytes) {
  return ".version 7.0\n.target sm_80\n.address_size 64\n.extern .shared .align 16 .b8 dynamic[];\n"
         ".visible .entry kernel(.param .u64 kernel_param_0, .param .u64 kernel_param_1)\n.maxntid 1024, 1, 1\n{\n"
         ".reg .pred %p<64>; .reg .b16 %rs<64>; .reg .b32 %r<64>; .reg .b64 %rd<64>;\n"
         ".reg .f32 %f<64>; .reg .f64 %fd<64>;\n"
         ".shared .align 16 .b8 fixed[512];\n"
         "mov.u32 %r1, %tid.x;\n"
         "ld.param.u64 %rd1, [kernel_param_0];\nmad.wide.u32 %rd1, %r1, " + std::to_string(input_bytes) + ", %rd1;\n"
         "ld.param.u64 %rd2, [kernel_param_1];\nmad.wide.u32 %rd2, %r1, " + std::to_string(output_bytes) + ", %rd2;\n" +
         body + "\nret;\n}\n";
}

}  // namespace

Outcome run(const std::string& body, const Words& input, size_t output_words, const Shape& shape) {
  Outcome outcome{Words(output_words, 0xdeadbeef), ""};
  try {
    ptxsim::Module module(text(body, input.size() * 4 / shape.threads, output_words * 4 / shape.threads));
    const void* addresses[] = {input.data(), outcome.words.data()};
    std::map<uintptr_t, size_t> memory = {{reinterpret_cast<uintptr_t>(input.data()), input.size() * 4},
                                          {reinterpret_cast<uintptr_t>(outcome.words.data()), output_words * 4}};
    ptxsim::Task task(*module.kernel("kernel"), reinterpret_cast<const char*>(addresses), memory, module.globals());
    cudasim::Launch launch{nullptr, {1, 1, 1}, {shape.threads, 1, 1}, shape.shared};
    launch.interpreter = &task;
    cudasim::set_order_from_environment(launch);
    outcome.wrong = cudasim::run(launch);
  } catch (const ptxsim::BadText& wrong) {
    outcome.wrong = wrong.what();
  }
  return outcome;
}

void check_fault(const std::string& body, const std::string& words, const Shape& shape) {
  Outcome outcome = run(body, Words(shape.threads * 4, 0), shape.threads * 4, shape);
  check(outcome.wrong.find(words) != std::string::npos,
        body + "\n  should end with `" + words + "`, but ended with `" + outcome.wrong + "`");
}

int main() {
  test_instructions();
  test_matrices();
  test_faults();
  return result();
}
