/// Micro-benchmarks of the kernels, for JMH.
module dev.descent.bench {
  requires dev.descent;
  requires jmh.core;
  requires static org.jspecify;
}
