package dev.descent.opencl;

import static org.lwjgl.opencl.CL10.CL_PROGRAM_BINARIES;
import static org.lwjgl.opencl.CL10.CL_PROGRAM_BINARY_SIZES;
import static org.lwjgl.opencl.CL10.CL_PROGRAM_BUILD_LOG;
import static org.lwjgl.opencl.CL10.clReleaseProgram;
import static org.lwjgl.opencl.CL10.nclBuildProgram;
import static org.lwjgl.opencl.CL10.nclCreateKernel;
import static org.lwjgl.opencl.CL10.nclCreateProgramWithBinary;
import static org.lwjgl.opencl.CL10.nclCreateProgramWithSource;
import static org.lwjgl.opencl.CL10.nclGetProgramBuildInfo;
import static org.lwjgl.opencl.CL10.nclGetProgramInfo;

import dev.descent.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The programs of a session, each built once a source and set of macros: from the cache's binary
/// where that is good, else from the source.
final class Programs implements AutoCloseable {
  private final Session session;
  private final BinaryCache cache;
  private final Map<String, Long> built = new HashMap<>();

  Programs(Session session, BinaryCache cache) {
    this.session = session;
    this.cache = cache;
  }

  /// Makes a kernel of a program. The caller releases it.
  ///
  /// @param operation the operation with its shapes, for messages
  /// @throws DeviceException if the program does not build, with the first line of the build log
  long kernel(KernelSource source, Macros macros, String name, String operation) {
    String options = options(macros);
    Long program = built.get(source.name() + options);
    if (program == null) {
      program = build(source.text(), options, operation);
      built.put(source.name() + options, program);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(ValueLayout.JAVA_INT);
      long kernel = nclCreateKernel(program, arena.allocateFrom(name).address(), code.address());
      session.check(code.get(ValueLayout.JAVA_INT, 0), operation + " (kernel " + name + ")");
      return kernel;
    }
  }

  private String options(Macros macros) {
    String exact =
        session.device().exactDivision() ? " -cl-fp32-correctly-rounded-divide-sqrt" : "";
    return "-cl-std=CL1.2" + exact + macros.options();
  }

  private long build(String text, String options, String operation) {
    String file = BinaryCache.file(session.device().fingerprint(), options, text);
    byte[] binary = cache.load(file);
    if (binary != null) {
      long program = fromBinary(binary, options);
      if (program != 0) {
        return program;
      }
    }
    long program = fromSource(text, options, operation);
    byte[] made = cache.isUsed() ? binary(program) : null;
    if (made != null) {
      cache.store(file, made);
    }
    return program;
  }

  /// A program from a binary, or 0 if the driver does not take it.
  private long fromBinary(byte[] binary, String options) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment status = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, binary);
      long program =
          nclCreateProgramWithBinary(
              session.context(),
              1,
              arena.allocateFrom(ValueLayout.JAVA_LONG, session.device().handle()).address(),
              arena.allocateFrom(ValueLayout.JAVA_LONG, binary.length).address(),
              arena.allocateFrom(ValueLayout.JAVA_LONG, bytes.address()).address(),
              status.address(),
              code.address());
      if (code.get(ValueLayout.JAVA_INT, 0) != ErrorCode.SUCCESS) {
        return 0;
      }
      if (status.get(ValueLayout.JAVA_INT, 0) != ErrorCode.SUCCESS
          || build(arena, program, options) != ErrorCode.SUCCESS) {
        clReleaseProgram(program);
        return 0;
      }
      return program;
    }
  }

  private long fromSource(String text, String options, String operation) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment string = arena.allocateFrom(text);
      MemorySegment strings = arena.allocateFrom(ValueLayout.JAVA_LONG, string.address());
      long program =
          nclCreateProgramWithSource(session.context(), 1, strings.address(), 0, code.address());
      session.check(code.get(ValueLayout.JAVA_INT, 0), operation);
      int result = build(arena, program, options);
      if (result != ErrorCode.SUCCESS) {
        String log = log(program);
        clReleaseProgram(program);
        throw new DeviceException(
            "opencl: the kernel of %s does not build on %s: %s: %s"
                .formatted(operation, session.device().name(), ErrorCode.name(result), log));
      }
      return program;
    }
  }

  private int build(Arena arena, long program, String options) {
    MemorySegment devices = arena.allocateFrom(ValueLayout.JAVA_LONG, session.device().handle());
    MemorySegment text = arena.allocateFrom(options);
    return nclBuildProgram(program, 1, devices.address(), text.address(), 0, 0);
  }

  /// The first line of the build log that says something, preferably one that says `error`.
  private String log(long program) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
      long device = session.device().handle();
      nclGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, 0, size.address());
      long bytes = size.get(ValueLayout.JAVA_LONG, 0);
      MemorySegment text = arena.allocate(bytes + 1);
      nclGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, bytes, text.address(), 0);
      String log = text.getString(0, StandardCharsets.UTF_8);
      return log.lines()
          .filter(line -> line.contains("error"))
          .findFirst()
          .or(() -> log.lines().filter(line -> !line.isBlank()).findFirst())
          .orElse("no build log")
          .strip();
    }
  }

  /// The program's binary, or null if the driver does not give it away.
  private static byte @Nullable [] binary(long program) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
      int code = nclGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, Long.BYTES, size.address(), 0);
      long bytes = size.get(ValueLayout.JAVA_LONG, 0);
      if (code != ErrorCode.SUCCESS || bytes < 1) {
        return null;
      }
      MemorySegment content = arena.allocate(bytes);
      MemorySegment pointer = arena.allocateFrom(ValueLayout.JAVA_LONG, content.address());
      code = nclGetProgramInfo(program, CL_PROGRAM_BINARIES, Long.BYTES, pointer.address(), 0);
      return code == ErrorCode.SUCCESS ? content.toArray(ValueLayout.JAVA_BYTE) : null;
    }
  }

  @Override
  public void close() {
    built.values().forEach(program -> clReleaseProgram(program));
    built.clear();
  }
}
