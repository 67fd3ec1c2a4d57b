package dev.descent.cuda;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcuda.driver.CUstream;

/// A product by wgmma, with the copies of its operands that it needs before.
record WgmmaProduct(List<KernelCommand> copies, KernelCommand product) implements Command {
  WgmmaProduct {
    copies = List.copyOf(copies);
  }

  @Override
  public String operation() {
    return product.operation();
  }

  @Override
  public boolean endsApart() {
    return false;
  }

  @Override
  public void launch(Session session, CUstream stream, boolean last) {
    Stream.concat(copies.stream(), Stream.of(product))
        .forEach(command -> command.launch(session, stream, last));
  }

  @Override
  public String describe() {
    String before = copies.stream().map(KernelCommand::kernel).collect(Collectors.joining(" and "));
    return product.describe() + (before.isEmpty() ? "" : ", after " + before);
  }
}
