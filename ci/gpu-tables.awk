# The tables of gpu-check, out of the records of its parts: a JSON object a line, as results.json has them.
#
#   awk -v task=mnist -v simulated=no -f gpu-tables.awk RECORDS
#
# Matrix products: what Descent's kernels reach beside cuBLAS. Epochs: what Descent needs beside PyTorch and JAX;
# the median, without the first epoch. On a simulator the times are left out.

# A member of the record; text without its quotes.
function member(name,   text) {
  text = $0
  if (!sub(".*[{,]\"" name "\":", "", text)) return ""
  if (substr(text, 1, 1) == "\"") {
    sub(/^"/, "", text)
    sub(/".*/, "", text)
  } else {
    sub(/[,}].*/, "", text)
  }
  return text
}

function median(list,   values, count, i, j, value) {
  count = split(list, values, " ")
  for (i = 2; i <= count; i++) {
    value = values[i]
    for (j = i - 1; j > 0 && values[j] + 0 > value + 0; j--) values[j + 1] = values[j]
    values[j + 1] = value
  }
  return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2
}

function remember(list, name) {
  if (!((list, name) in known)) {
    known[list, name] = 1
    order[list, ++counts[list]] = name
  }
}

# `cuda-epochs-fp32-128` in its words; a part of another backend has a record of its own kind.
{
  part = member("part")
  event = member("event")
  split(part, word, "-")
}

event == "run" { device[part] = member("device") }

# What a simulator needs says nothing.
simulated == "yes" && (word[1] == "cuda" || word[1] == "cublas") && event != "epoch" { next }

event == "ceilings" && word[2] == "matmul" {
  remember("ceilings", part)
  ceiling[part] = member("gflops")
  copies[part] = member("copyGigabytesPerSecond")
}

event == "matmul" || event == "library" {
  layout = (member("transposeA") == "true" ? "t" : "n") (member("transposeB") == "true" ? "t" : "n")
  product = sprintf("%5d x %5d x %5d %s", member("m"), member("k"), member("n"), layout)
  column = event == "library" ? "library " member("precision") : word[1] " " word[3]
  remember("products", product)
  rate[product, column] = member("gflops") / 1000
  share[product, column] = member("share")
  if (event == "library") library = member("library")
}

event == "epoch" && word[2] == "epochs" {
  work = word[4] " " word[3]
  remember("works", work)
  remember("backends", word[1])
  loss[work, word[1]] = member("loss")
  accuracy[work, word[1]] = member("valAccuracy")
  # Its first epoch is for warming up.
  if (member("epoch") > 1) {
    whole = member("wholeSeconds")
    seconds[work, word[1]] = seconds[work, word[1]] " " (whole == "" ? member("seconds") : whole)
    steps[work, word[1]] = steps[work, word[1]] " " member("seconds")
  }
}

event == "peer" {
  work = member("batch") " " member("precision")
  remember("works", work)
  remember("sides", member("side"))
  peer[work, member("side")] = member("seconds")
}

# `  12.3 ( 71 %)`, or a dash.
function of_ceiling(product, column) {
  if (!((product, column) in rate)) return sprintf("%15s", "-")
  if (share[product, column] ~ /^[0-9]/) {
    return sprintf("%7.2f (%3.0f %%)", rate[product, column], 100 * share[product, column])
  }
  return sprintf("%7.2f (  - )", rate[product, column])
}

# The rate of the library, and what Descent reaches of it.
function beside(product, ours, theirs) {
  if (!((product, theirs) in rate) || rate[product, theirs] == 0) return sprintf("%15s", "-")
  if (!((product, ours) in rate)) return sprintf("%7.2f        ", rate[product, theirs])
  return sprintf("%7.2f (%5.2f)", rate[product, theirs], rate[product, ours] / rate[product, theirs])
}

# What cuBLAS reaches, called by Descent where it can, else by PyTorch.
function cublas(product, precision) {
  if ((product, "cublas " precision) in rate) return "cublas " precision
  return "library " precision
}

function products(   i, product, name) {
  print "\n== matrix products, m x k x n and layout: TFLOP/s (share of the measured ceiling), cuBLAS (Descent's share of it)"
  for (i = 1; i <= counts["ceilings"]; i++) {
    name = order["ceilings", i]
    printf "%s on %s: multiply-adds %.1f TFLOP/s, copies %.0f GB/s (read + written)\n", name, device[name],
      ceiling[name] / 1000, copies[name]
  }
  if (library != "") print "cuBLAS by PyTorch where Descent did not call it: " library
  printf "%-26s %15s %15s %15s %15s %15s %15s %15s\n", "", "fp32", "cuBLAS fp32", "tf32", "cuBLAS tf32", "bf16", "cuBLAS bf16", "OpenCL fp32"
  for (i = 1; i <= counts["products"]; i++) {
    product = order["products", i]
    printf "%-26s %15s %15s %15s %15s %15s %15s %15s\n", product, of_ceiling(product, "cuda fp32"),
      beside(product, "cuda fp32", cublas(product, "fp32")), of_ceiling(product, "cuda tf32"),
      beside(product, "cuda tf32", cublas(product, "tf32")), of_ceiling(product, "cuda bf16"),
      beside(product, "cuda bf16", cublas(product, "bf16")), of_ceiling(product, "opencl fp32")
  }
}

# Milliseconds, and how many times as long that is as Descent's on CUDA.
function compared(time, ours) {
  if (time == "") return "-"
  if (ours == "" || ours == 0) return sprintf("%.1f", 1000 * time)
  return sprintf("%.1f (%.2f)", 1000 * time, time / ours)
}

function epochs(   i, j, work, words, ours, time, line, backend) {
  print "\n== epochs of " task ": ms (times as long as Descent on CUDA), medians without the first epoch; all of an epoch, shuffle included"
  line = sprintf("%5s %-5s", "batch", "")
  for (j = 1; j <= counts["backends"]; j++) line = line sprintf(" %16s", "Descent " order["backends", j])
  for (j = 1; j <= counts["sides"]; j++) line = line sprintf(" %16s", order["sides", j])
  print line "  Descent's training loss, validation accuracy"
  for (i = 1; i <= counts["works"]; i++) {
    work = order["works", i]
    split(work, words, " ")
    ours = ""
    if (((work, "cuda") in seconds) && simulated != "yes") ours = median(seconds[work, "cuda"])
    line = sprintf("%5s %-5s", words[1], words[2])
    for (j = 1; j <= counts["backends"]; j++) {
      backend = order["backends", j]
      time = ""
      if ((work, backend) in seconds) time = median(seconds[work, backend])
      if (backend == "cuda") line = line sprintf(" %16s", ours == "" ? "-" : sprintf("%.2f", 1000 * ours))
      else line = line sprintf(" %16s", compared(time, ours))
    }
    for (j = 1; j <= counts["sides"]; j++) {
      line = line sprintf(" %16s", compared(peer[work, order["sides", j]], ours))
    }
    for (j = 1; j <= counts["backends"]; j++) {
      backend = order["backends", j]
      if ((work, backend) in loss) {
        if (backend == "cuda" && ours != "") line = line sprintf("  steps alone %.2f", 1000 * median(steps[work, backend]))
        line = line sprintf("  %s %.4f, %.2f %%", backend, loss[work, backend], 100 * accuracy[work, backend])
      }
    }
    print line
  }
  if (counts["sides"]) print "Descent trains on the last short batch too, PyTorch and JAX here leave it out."
}

END {
  if (counts["products"]) products()
  if (counts["works"]) epochs()
}
