package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuFuncGetAttribute;
import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;

import dev.descent.DeviceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// The kernels of a session, loaded at first use.
final class Modules implements AutoCloseable {
  /// What a block gets without asking.
  private static final int USUAL_SHARED_BYTES = 48 << 10;

  /// What a driver answers that can't make anything of a fat binary: it has no code for the device,
  /// or its text is of a newer version.
  private static final Set<Integer> OTHER_FORM_MAY_DO =
      Set.of(
          CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU,
          CUresult.CUDA_ERROR_INVALID_PTX,
          CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
          CUresult.CUDA_ERROR_INVALID_IMAGE);

  private final Session session;
  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Set<String> texts = new HashSet<>();
  private final List<CUmodule> all = new ArrayList<>();
  private final Map<String, CUfunction> functions = new HashMap<>();

  Modules(Session session) {
    this.session = session;
  }

  /// A kernel, allowed the shared memory that it is going to ask for.
  ///
  /// @param family the file of kernels, see [KernelImages]
  /// @param sharedBytes dynamic shared memory of a block
  /// @param operation for messages
  /// @throws DeviceException if the driver can't load it, or the device has less shared memory
  CUfunction function(String family, String name, int sharedBytes, String operation) {
    CUfunction function = functions.get(name);
    if (function == null) {
      function = find(family, name, operation);
      functions.put(name, function);
    }
    if (sharedBytes > USUAL_SHARED_BYTES) {
      String what =
          String.format(
              Locale.ROOT,
              "%s: kernel %s with %,d bytes of shared memory",
              operation,
              name,
              sharedBytes);
      int own =
          attribute(function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, operation);
      int most = session.device().maxSharedBytes();
      if (own + sharedBytes > most) {
        throw new DeviceException(
            String.format(
                Locale.ROOT,
                "cuda: %s and %,d of its own is more than the %,d of a block on %s",
                what,
                own,
                most,
                session.device().name()));
      }
      session.check(
          cuFuncSetAttribute(
              function,
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
              sharedBytes),
          what);
    }
    return function;
  }

  /// A driver that loads kernels when they are first asked for may refuse the machine code only
  /// here.
  private CUfunction find(String family, String name, String operation) {
    var function = new CUfunction();
    int code = cuModuleGetFunction(function, module(family, operation), name);
    if (OTHER_FORM_MAY_DO.contains(code) && loadText(family)) {
      code = cuModuleGetFunction(function, module(family, operation), name);
    }
    session.check(code, operation + ": kernel " + name + loaded(family));
    return function;
  }

  /// The compute capability times 10 that a kernel was compiled for, before the driver went on from
  /// there: on a device that is newer than all machine code, that of the text.
  int compiledFor(CUfunction function, String operation) {
    return attribute(function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_PTX_VERSION, operation);
  }

  private int attribute(CUfunction function, int question, String operation) {
    int[] value = new int[1];
    session.check(cuFuncGetAttribute(value, question, function), operation);
    return value[0];
  }

  private CUmodule module(String family, String operation) {
    CUmodule module = modules.get(family);
    if (module == null) {
      module = load(family, operation);
      if (modules.putIfAbsent(family, module) == null) {
        all.add(module);
      }
    }
    return module;
  }

  private CUmodule load(String family, String operation) {
    var module = new CUmodule();
    int code = cuModuleLoadData(module, KernelImages.fatBinary(family));
    if (OTHER_FORM_MAY_DO.contains(code) && loadText(family)) {
      return Objects.requireNonNull(modules.get(family));
    }
    session.check(code, operation + ": loading the kernels" + loaded(family));
    return module;
  }

  /// Loads the text of a family in place of its machine code. Kernels of that found before stay in
  /// use.
  ///
  /// @return whether there is one that the driver takes
  private boolean loadText(String family) {
    byte[] text = KernelImages.text(family, session.device().capability());
    if (text == null || !texts.add(family)) {
      return false;
    }
    var module = new CUmodule();
    // The driver reads it as a C string.
    if (cuModuleLoadData(module, Arrays.copyOf(text, text.length + 1)) != CUresult.CUDA_SUCCESS) {
      return false;
    }
    all.add(module);
    modules.put(family, module);
    return true;
  }

  /// What to say of the family of a kernel that fails to load.
  private String loaded(String family) {
    return " %s (%s, %s)"
        .formatted(family, session.device().describeDriver(), session.device().describeUnits());
  }

  /// Unloads all, while the context is current: other users of it live on.
  @Override
  public void close() {
    all.forEach(JCudaDriver::cuModuleUnload);
    all.clear();
    modules.clear();
    functions.clear();
  }
}
