package dev.descent.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.descent.BackendUnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
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
/// numbers that they take have been the same since version 11. JCublas would be one more native
/// library to unpack, is bound to version 12, and would leave version 13 to this class all the
/// same.
final class CublasLibrary {
  /// The versions whose functions are known to be as below.
  private static final int OLDEST = 11;

  private static final int NEWEST = 13;

  /// Handles and what lies on the device are passed as the numbers that they are.
  private static final MemoryLayout POINTER = JAVA_LONG;

  private static @Nullable CublasLibrary found;

  /// `cublasCreate_v2(handle *)`
  final MethodHandle create;

  /// `cublasDestroy_v2(handle)`
  final MethodHandle destroy;

  /// `cublasGetVersion_v2(handle, int *)`
  final MethodHandle getVersion;

  /// `cublasSetStream_v2(handle, stream)`
  final MethodHandle setStream;

  /// `cublasSetWorkspace_v2(handle, workspace, bytes)`
  final MethodHandle setWorkspace;

  /// `cublasSetMathMode(handle, mode)`
  final MethodHandle setMathMode;

  /// `cublasSgemm_v2(handle, transposeA, transposeB, m, n, k, alpha *, a, lda, b, ldb, beta *, c,
  /// ldc)`
  final MethodHandle sgemm;

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

  /// The library's name, with its folder where that is known.
  String file() {
    return file;
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

  /// The library of each version that a driver can run, newest first.
  ///
  /// @param driver the newest CUDA that it knows, without what is behind the point
  static List<String> names(int driver) {
    return IntStream.rangeClosed(OLDEST, NEWEST)
        .filter(version -> version <= driver)
        .mapToObj(version -> "libcublas.so." + version)
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
}
