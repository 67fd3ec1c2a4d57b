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

// The same for VW counters, whose words lie in four vectors; overwrites them.
void philox_many(WORD counter[4], uint2 key) {
  for (int round = 0; round < 10; round++) {
    WORD high0 = mul_hi((WORD)(0xD2511F53u), counter[0]);
    WORD low0 = (WORD)(0xD2511F53u) * counter[0];
    WORD high1 = mul_hi((WORD)(0xCD9E8D57u), counter[2]);
    WORD low1 = (WORD)(0xCD9E8D57u) * counter[2];
    counter[0] = high1 ^ counter[1] ^ (WORD)(key.s0);
    counter[1] = low1;
    counter[2] = high0 ^ counter[3] ^ (WORD)(key.s1);
    counter[3] = low0;
    key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
  }
}
