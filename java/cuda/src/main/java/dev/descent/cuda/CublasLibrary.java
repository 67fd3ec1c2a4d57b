package dev.descent.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.descent.BackendUnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// NVIDIA's cuBLAS, found on this machine: the seven functions of it that products need. It stays
/// loaded as long as the JVM runs.
///
/// They are called through java.lang.foreign, whichever version is there: their signatures and the
/// numbers that they take have been the same since version 11.
final class CublasLibrary implements CublasBinding {
  /// The versions whose functions are known to be as below.
  private static final int OLDEST = 11;

  private static final int NEWEST = 13;

  /// Handles and what lies on the device are passed as the numbers that they are.
  private static final MemoryLayout POINTER = JAVA_LONG;

  private static @Nullable CublasLibrary found;

  /// `cublasCreate_v2(handle *)`
  private final MethodHandle create;

  /// `cublasDestroy_v2(handle)`
  private final MethodHandle destroy;

  /// `cublasGetVersion_v2(handle, int *)`
  private final MethodHandle getVersion;

  /// `cublasSetStream_v2(handle, stream)`
  private final MethodHandle setStream;

  /// `cublasSetWorkspace_v2(handle, workspace, bytes)`
  private final MethodHandle setWorkspace;

  /// `cublasSetMathMode(handle, mode)`
  private final MethodHandle setMathMode;

  /// `cublasSgemm_v2(handle, transposeA, transposeB, m, n, k, alpha *, a, lda, b, ldb, beta *, c,
  /// ldc)`
  private final MethodHandle sgemm;

  private final String file;

  private CublasLibrary(String file, SymbolLookup symbols) {
    this.file = file;
    this.create = function(symbols, "cublasCreate_v2", ADDRESS);
    this.destroy = function(symbols, "cublasDestroy_v2", POINTER);
    this.getVersion = function(symbols, "cublasGetVersion_v2", POINTER, ADDRESS);
    this.setStream = function(symbols, "cublasSetStream_v2", POINTER, POINTER);
    this.setWorkspace = function(symbols, "cublasSetWorkspace_v2", POINTER, POINTER, JAVA_LONG);
    this.setMathMode = function(symbols, "cublasSetMathMode", POINTER, JAVA_INT);
    this.sgemm =
        function(
            symbols,
            "cublasSgemm_v2",
            POINTER,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            ADDRESS,
            POINTER,
            JAVA_INT,
            POINTER,
            JAVA_INT,
            ADDRESS,
            POINTER,
            JAVA_INT);
  }

  /// All return a status.
  @SuppressWarnings("restricted")
  private MethodHandle function(SymbolLookup symbols, String name, MemoryLayout... arguments) {
    return symbols
        .find(name)
        .map(f ->
            Linker.nativeLinker().downcallHandle(f, FunctionDescriptor.of(JAVA_INT, arguments)))
        .orElseThrow(() ->
            new BackendUnavailableException(
                "cuda: %s has no function %s; install a newer cuBLAS, or take --matmul own"
                    .formatted(file, name)));
  }

  @Override
  public String file() {
    return file;
  }

  @Override
  public String name() {
    return "java.lang.foreign";
  }

  @Override
  public Handle handle() {
    return new ForeignHandle();
  }

  /// Looks for the newest version that the driver can run, until there is one.
  ///
  /// @throws BackendUnavailableException if there is none, or it can't be used
  static synchronized CublasLibrary get() {
    if (found == null) {
      found = find(names(Driver.get().major()), folders());
    }
    return found;
  }

  /// The library of a version, if the driver can run it.
  ///
  /// @throws BackendUnavailableException if there is none, or it can't be used
  static CublasLibrary get(int version) {
    String name = name(version);
    return find(names(Driver.get().major()).contains(name) ? List.of(name) : List.of(), folders());
  }

  static String name(int version) {
    return "libcublas.so." + version;
  }

  /// The library of each version that a driver can run, newest first.
  ///
  /// @param driver the newest CUDA that it knows, without what is behind the point
  static List<String> names(int driver) {
    return IntStream.rangeClosed(OLDEST, NEWEST)
        .filter(version -> version <= driver)
        .mapToObj(CublasLibrary::name)
        .toList()
        .reversed();
  }

  /// Where toolkits lie that the loader does not know of.
  private static List<Path> folders() {
    return Stream.of(
            System.getenv("CUDA_HOME"),
            System.getenv("CUDA_PATH"),
            "/usr/local/cuda",
            "/usr/local/cuda-13",
            "/usr/local/cuda-12",
            "/usr/local/cuda-11",
            "/opt/cuda")
        .filter(Objects::nonNull)
        .filter(folder -> folder.startsWith("/"))
        .map(folder -> Path.of(folder, "lib64"))
        .distinct()
        .toList();
  }

  /// Takes the first that is there, on the loader's path before the folders.
  ///
  /// @throws BackendUnavailableException if there is none, or it can't be used
  static CublasLibrary find(List<String> names, List<Path> folders) {
    for (String name : names) {
      SymbolLookup known = load(name);
      if (known != null) {
        return new CublasLibrary(name, known);
      }
      for (Path folder : folders) {
        Path file = folder.resolve(name);
        if (Files.exists(file)) {
          return open(file);
        }
      }
    }
    throw new BackendUnavailableException(
        ("cuda: no cuBLAS that the driver can run: looked for %s on the loader's path and in %s, found"
                + " none; install cuBLAS, say where it is by LD_LIBRARY_PATH, or take --matmul own")
            .formatted(
                String.join(", ", names),
                String.join(", ", folders.stream().map(Path::toString).toList())));
  }

  private static CublasLibrary open(Path file) {
    SymbolLookup symbols = load(file.toString());
    if (symbols == null) {
      throw new BackendUnavailableException(
          "cuda: %s can't be loaded: %s; install cuBLAS anew, or take --matmul own"
              .formatted(file, reason(file)));
    }
    return new CublasLibrary(file.toString(), symbols);
  }

  @SuppressWarnings("restricted")
  private static @Nullable SymbolLookup load(String name) {
    try {
      return SymbolLookup.libraryLookup(name, Arena.global());
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /// Looking up a library does not tell why it fails, and loading it does.
  @SuppressWarnings("restricted")
  private static String reason(Path file) {
    try {
      System.load(file.toAbsolutePath().toString());
      return "the loader does not say why";
    } catch (UnsatisfiedLinkError e) {
      return String.valueOf(e.getMessage()).lines().findFirst().orElse("").strip();
    }
  }

  /// A call of the library.
  @FunctionalInterface
  private interface Call {
    int status() throws Throwable;
  }

  private static int invoke(Call call) {
    try {
      return call.status();
    } catch (Throwable e) {
      throw new AssertionError("a function of C throws nothing", e);
    }
  }

  private final class ForeignHandle implements Handle {
    private final Arena arena = Arena.ofShared();

    /// The factors of the product and of what the result was before.
    private final MemorySegment one = arena.allocateFrom(JAVA_FLOAT, 1);

    private final MemorySegment zero = arena.allocateFrom(JAVA_FLOAT, 0);
    private final MemorySegment result = arena.allocate(JAVA_LONG);
    private long handle;

    @Override
    public int create() {
      int status = invoke(() -> (int) create.invokeExact(result));
      handle = result.get(JAVA_LONG, 0);
      return status;
    }

    @Override
    public int destroy() {
      int status = handle == 0 ? 0 : invoke(() -> (int) destroy.invokeExact(handle));
      arena.close();
      return status;
    }

    @Override
    public int getVersion(int[] version) {
      int status = invoke(() -> (int) getVersion.invokeExact(handle, result));
      version[0] = result.get(JAVA_INT, 0);
      return status;
    }

    @Override
    public int setStream(StreamPointer stream) {
      long address = stream.address();
      return invoke(() -> (int) setStream.invokeExact(handle, address));
    }

    @Override
    public int setWorkspace(long address, long bytes) {
      return invoke(() -> (int) setWorkspace.invokeExact(handle, address, bytes));
    }

    @Override
    public int setMathMode(int mode) {
      return invoke(() -> (int) setMathMode.invokeExact(handle, mode));
    }

    @Override
    public int sgemm(
        boolean transposeA,
        boolean transposeB,
        int m,
        int n,
        int k,
        long a,
        int lda,
        long b,
        int ldb,
        long c,
        int ldc) {
      int first = transposeA ? 1 : 0;
      int second = transposeB ? 1 : 0;
      return invoke(() ->
          (int)
              sgemm.invokeExact(handle, first, second, m, n, k, one, a, lda, b, ldb, zero, c, ldc));
    }
  }
}
