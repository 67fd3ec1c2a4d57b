/// Micro-benchmarks of the kernels, for JMH.
module dev.descent.bench {
  requires dev.descent;
  requires java.management;
  requires jdk.management;
  requires jmh.core;
  requires static org.jspecify;
}
