/// A project on the module path.
module sample {
  requires dev.descent;
}
