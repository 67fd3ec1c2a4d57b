/// Random inputs of tests.
module dev.descent.testing {
  requires transitive org.junit.jupiter.api;
  requires static org.jspecify;

  exports dev.descent.testing;
}
