package dev.descent.backend;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// How the engine finds a backend: through [java.util.ServiceLoader]. A jar that provides one on
/// the class path or the module path is all that it takes.
///
/// Making a provider and asking it anything must work on every machine: drivers are looked for
/// first and bindings loaded afterwards.
public interface BackendProvider {
  /// {@return the name that `--backend` takes: lower-case letters}
  String name();

  /// {@return how much `auto` wants this backend: it takes the usable one with the highest
  /// preference} A negative preference is never chosen.
  int preference();

  /// {@return what matrix products can be computed in; always [Precision#FP32], and asking looks
  /// for no device}
  default Set<Precision> precisions() {
    return EnumSet.of(Precision.FP32);
  }

  /// {@return why a precision is not among [#precisions] on this machine, in a few words; empty
  /// where the backend has it nowhere}
  ///
  /// @param precision that may be asked for
  default String whyNot(Precision precision) {
    return "";
  }

  /// {@return whose code can compute matrix products; always [MatMulLibrary#OWN], and asking looks
  /// for no library}
  default Set<MatMulLibrary> matMulLibraries() {
    return EnumSet.of(MatMulLibrary.OWN);
  }

  /// {@return the devices that were found, usable or not; at least one entry, which says why where
  /// there is no device} Throws nothing.
  List<DeviceReport> devices();

  /// {@return the same for somebody who wants to know all: with what takes time to find out and is
  /// not needed to choose a device, such as which libraries are there} Throws nothing.
  default List<DeviceReport> inspect() {
    return devices();
  }

  /// Opens a device.
  ///
  /// @param options of [#precisions] and [#matMulLibraries] only
  /// @return the opened device, owned by the caller
  /// @throws dev.descent.BackendUnavailableException if it can't be had
  Backend open(BackendOptions options);
}
