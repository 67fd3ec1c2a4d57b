// Philox4x32-10 (Salmon et al. 2011): four random words are a pure function of a counter and a key.
uint4 philox(uint4 counter, uint2 key) {
  for (int round = 0; round < 10; round++) {
    uint high0 = mul_hi(0xD2511F53u, counter.s0);
    uint low0 = 0xD2511F53u * counter.s0;
    uint high1 = mul_hi(0xCD9E8D57u, counter.s2);
    uint low1 = 0xCD9E8D57u * counter.s2;
    counter = (uint4)(high1 ^ counter.s1 ^ key.s0, low1, high0 ^ counter.s3 ^ key.s1, low0);
    key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
  }
  return counter;
}
