package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuFuncGetAttribute;
import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;

import dev.descent.DeviceException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;

/// The kernels of a session, loaded at first use. They live as long as the context.
final class Modules {
  /// What a block gets without asking.
  private static final int USUAL_SHARED_BYTES = 48 << 10;

  /// What a driver answers that can't make anything of a fat binary: it has no code for the device, or its
  /// text is of a newer version.
  private static final Set<Integer> OTHER_FORM_MAY_DO =
      Set.of(
          CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU,
          CUresult.CUDA_ERROR_INVALID_PTX,
          CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
          CUresult.CUDA_ERROR_INVALID_IMAGE);

  private final Session session;
  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Map<String, CUfunction> functions = new HashMap<>();

  Modules(Session session) {
    this.session = session;
  }

  /// A kernel, allowed the shared memory that it is going to ask for.
  ///
  /// @param family the file of kernels, see [KernelImages]
  /// @param sharedBytes dynamic shared memory of a block
  /// @param operation for messages
  /// @throws DeviceException if the driver can't load it
  CUfunction function(String family, String name, int sharedBytes, String operation) {
    CUfunction function = functions.get(name);
    if (function == null) {
      function = new CUfunction();
      session.check(
          cuModuleGetFunction(function, module(family, operation), name),
          operation + ": kernel " + name);
      functions.put(name, function);
    }
    if (sharedBytes > USUAL_SHARED_BYTES) {
      session.check(
          cuFuncSetAttribute(
              function,
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
              sharedBytes),
          "%s: kernel %s with %,d bytes of shared memory".formatted(operation, name, sharedBytes));
    }
    return function;
  }

  /// The compute capability times 10 that a kernel was compiled for, before the driver went on from there: on
  /// a device that is newer than all machine code, that of the text.
  int compiledFor(CUfunction function, String operation) {
    int[] value = new int[1];
    session.check(
        cuFuncGetAttribute(value, CUfunction_attribute.CU_FUNC_ATTRIBUTE_PTX_VERSION, function),
        operation);
    return value[0];
  }

  private CUmodule module(String family, String operation) {
    CUmodule module = modules.get(family);
    if (module == null) {
      module = load(family, operation);
      modules.put(family, module);
    }
    return module;
  }

  private CUmodule load(String family, String operation) {
    var module = new CUmodule();
    int code = cuModuleLoadData(module, KernelImages.fatBinary(family));
    byte[] text = KernelImages.text(family, session.device().capability());
    if (OTHER_FORM_MAY_DO.contains(code) && text != null) {
      // The driver reads it as a C string.
      int second = cuModuleLoadData(module, Arrays.copyOf(text, text.length + 1));
      code = second == CUresult.CUDA_SUCCESS ? second : code;
    }
    session.check(
        code,
        "%s: loading the kernels %s (%s, %s)"
            .formatted(
                operation,
                family,
                session.device().describeDriver(),
                session.device().describeUnits()));
    return module;
  }
}
