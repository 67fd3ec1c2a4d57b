/// Random inputs of tests, and the memory that they allocate.
module dev.descent.testing {
  requires transitive org.junit.jupiter.api;
  requires static jdk.jfr;
  requires static org.jspecify;

  exports dev.descent.testing;

  provides org.junit.jupiter.api.extension.Extension with
      dev.descent.testing.Seeds;
}
