package dev.descent.nativecpu;

import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/// What stands for arrays in calls, kept from one call to the next. Made for each call it is two
/// objects wherever the compiler does not see through the call, which it decides anew in each JVM.
/// Nothing here keeps an array: a collection forgets all of them.
final class Segments {
  private static final int PLACES = 1024;

  /// Places that an array may be at.
  private static final int PROBES = 8;

  private static final @Nullable WeakReference<Entry>[] TABLE = table();

  private static final class Entry {
    final float[] array;
    final MemorySegment segment;

    Entry(float[] array) {
      this.array = array;
      this.segment = MemorySegment.ofArray(array);
    }
  }

  private Segments() {}

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays know no type arguments
  private static @Nullable WeakReference<Entry>[] table() {
    return new WeakReference[PLACES];
  }

  /// The segment of an array, or a null pointer.
  static MemorySegment orNull(float @Nullable [] array) {
    return array == null ? MemorySegment.NULL : of(array);
  }

  /// The segment of an array. Threads that meet at a place may make it once more.
  @SuppressWarnings("ReferenceEquality") // whether it is the same array
  static MemorySegment of(float[] array) {
    int first = System.identityHashCode(array);
    int free = first;
    for (int probe = 0; probe < PROBES; probe++) {
      WeakReference<Entry> place = TABLE[first + probe & PLACES - 1];
      Entry entry = place == null ? null : place.get();
      if (entry == null) {
        free = first + probe;
      } else if (entry.array == array) {
        return entry.segment;
      }
    }
    var entry = new Entry(array);
    TABLE[free & PLACES - 1] = new WeakReference<>(entry);
    return entry.segment;
  }
}
